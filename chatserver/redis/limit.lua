-- Takes tokens of one key by some rates at once (GCRA); limit.take is the same in Go.
-- KEYS[1]: the rates' theoretical arrival times, in microseconds of this server's clock.
-- ARGV: how many tokens (negative: given back; 0: only asked), then count and period in microseconds of each rate.
-- Answers how many were granted, and after how many microseconds the next one is available.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local asked = tonumber(ARGV[1])
local arrival = {}
for at in string.gmatch(redis.call('GET', KEYS[1]) or '', '%S+') do
  arrival[#arrival + 1] = tonumber(at)
end

local rates = {}
local granted = asked
for i = 2, #ARGV, 2 do
  local per = tonumber(ARGV[i + 1])
  local rate = {per = per, interval = per / tonumber(ARGV[i])}
  -- Not further ahead than a period, should the clock have been put back.
  rate.at = math.min(math.max(arrival[#rates + 1] or now, now), now + per)
  granted = math.min(granted, math.floor((per - (rate.at - now)) / rate.interval + 1e-6))
  rates[#rates + 1] = rate
end
if asked > 0 then
  granted = math.max(granted, 0)
end

local wait, last, texts = 0, now, {}
for i, rate in ipairs(rates) do
  rate.at = math.max(rate.at + granted * rate.interval, now)
  wait = math.max(wait, rate.at + rate.interval - now - rate.per)
  last = math.max(last, rate.at)
  texts[i] = string.format('%.3f', rate.at)
end
if last > now then
  redis.call('SET', KEYS[1], table.concat(texts, ' '), 'PX', math.ceil((last - now) / 1000))
else
  redis.call('DEL', KEYS[1])
end
return {granted, math.ceil(wait)}
