-- Keeps the sum of all people's sizes, for the metrics.
-- KEYS: sizes (hash: person -> "frames bytes"), ends (zset: person -> when what they have expires), sums (hash).
-- ARGV: ttl in ms, then person, frames, bytes, 1 or 0 for each person; 0: nothing is left.
-- Returns the number of people, frames and bytes.
local sizes, ends, sums = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local frames, bytes = 0, 0
local function set(person, n, b, keep)
    local old = redis.call('HGET', sizes, person)
    if old then
        local oldFrames, oldBytes = string.match(old, '(%d+) (%d+)')
        frames, bytes = frames - oldFrames, bytes - oldBytes
    end
    if keep then
        frames, bytes = frames + n, bytes + b
        redis.call('HSET', sizes, person, n .. ' ' .. b)
        redis.call('ZADD', ends, string.format('%.0f', now + ARGV[1]), person)
    else
        redis.call('HDEL', sizes, person)
        redis.call('ZREM', ends, person)
    end
end
for i = 2, #ARGV, 4 do
    set(ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), ARGV[i + 3] == '1')
end
for _, person in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', string.format('%.0f', now), 'LIMIT', 0, 1000)) do
    set(person, 0, 0, false)
end
return {
    redis.call('ZCARD', ends),
    redis.call('HINCRBY', sums, 'frames', frames),
    redis.call('HINCRBY', sums, 'bytes', bytes),
}
