-- Puts by what one person missed.
-- KEYS: heads (hash: conversation -> newest seq, and #bytes, #full), frames (list).
-- ARGV: ttl in ms, most frames, most bytes, then conversation, seq, frame for each message.
-- Returns the number of frames and their bytes.
local heads, frames = KEYS[1], KEYS[2]
local most, mostBytes = tonumber(ARGV[2]), tonumber(ARGV[3])
local full = redis.call('HEXISTS', heads, '#full') == 1
local bytes = tonumber(redis.call('HGET', heads, '#bytes') or '0')
local n = redis.call('LLEN', frames)
if n == 0 then bytes = 0 end -- the list can be lost without the hash
for i = 4, #ARGV, 3 do
    local conversation, seq, frame = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    if tonumber(seq) > tonumber(redis.call('HGET', heads, conversation) or '0') then
        redis.call('HSET', heads, conversation, seq)
    end
    if not full and (n >= most or bytes + #frame > mostBytes) then
        full, n, bytes = true, 0, 0
        redis.call('DEL', frames)
        redis.call('HSET', heads, '#full', '1')
    end
    if not full then
        redis.call('RPUSH', frames, frame)
        n, bytes = n + 1, bytes + #frame
    end
end
redis.call('HSET', heads, '#bytes', bytes)
redis.call('PEXPIRE', heads, ARGV[1])
redis.call('PEXPIRE', frames, ARGV[1])
return {n, bytes}
