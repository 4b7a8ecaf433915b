-- Drops what one person has received.
-- KEYS: heads, frames. ARGV: conversation, seq for each conversation.
-- Returns the number of frames left, their bytes, and 0 when nothing at all is left.
local heads, frames = KEYS[1], KEYS[2]
local through = {}
for i = 1, #ARGV, 2 do
    local conversation, seq = ARGV[i], tonumber(ARGV[i + 1])
    through[conversation] = seq
    local newest = redis.call('HGET', heads, conversation)
    if newest and tonumber(newest) <= seq then
        redis.call('HDEL', heads, conversation)
    end
end
local waiting = 0
for _, field in ipairs(redis.call('HKEYS', heads)) do
    if string.sub(field, 1, 1) ~= '#' then waiting = waiting + 1 end
end
if waiting == 0 then
    redis.call('DEL', heads, frames)
    return {0, 0, 0}
end
local kept, bytes = {}, 0
local list = redis.call('LRANGE', frames, 0, -1)
for _, frame in ipairs(list) do
    local seq = through[string.sub(frame, 1, 36)]
    if not seq or tonumber(string.sub(frame, 38, 53)) > seq then
        kept[#kept + 1] = frame
        bytes = bytes + #frame
    end
end
if #kept < #list then
    local ttl = redis.call('PTTL', frames)
    redis.call('DEL', frames)
    for _, frame in ipairs(kept) do redis.call('RPUSH', frames, frame) end
    if #kept > 0 and ttl > 0 then redis.call('PEXPIRE', frames, ttl) end
    redis.call('HSET', heads, '#bytes', bytes)
end
return {#kept, bytes, waiting}
