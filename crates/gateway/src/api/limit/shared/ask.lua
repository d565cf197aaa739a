-- Asks all counters of a request at once, by the time of this server: each is told what its node used and claims, and
-- grants what is wanted beyond that, or none does.
--
-- A counter is a hash: `s:<slot>` amounts of a sliding window; `l` and `a` a level and when it stood there; `u` what was
-- used of a period; `n:<lease>` of each node the number of its last question, what it ever used, what it claims, and until
-- when the claim holds. A claim that was not renewed counts as used: its node may be gone, and with it who used it.

local FIELDS = 15
local SLOTS = 100
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local life = tonumber(ARGV[1])

local function whole(number)
  return string.format('%.0f', number)
end

local function read(key, at)
  local c = {
    key = key, kind = ARGV[at + 1], max = tonumber(ARGV[at + 2]), rate = tonumber(ARGV[at + 3]),
    window = tonumber(ARGV[at + 4]), lease = 'n:' .. ARGV[at + 5], version = tonumber(ARGV[at + 6]),
    used = tonumber(ARGV[at + 7]), claim = tonumber(ARGV[at + 8]), seed = tonumber(ARGV[at + 9]),
    want = tonumber(ARGV[at + 10]), ahead = tonumber(ARGV[at + 11]), enforces = ARGV[at + 12] == '1',
    keep = tonumber(ARGV[at + 13]), unsaved = tonumber(ARGV[at + 14]),
    covered = tonumber(ARGV[at + 15]), level = 0, others = 0, gone = {}, left = 0, slots = {},
  }
  c.slot_ms = math.max(1, math.ceil(c.window / SLOTS))
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    local name, value = flat[i], flat[i + 1]
    local sort = string.sub(name, 1, 2)
    if sort == 's:' then
      local slot, amount = tonumber(string.sub(name, 3)), tonumber(value)
      if math.floor(now / c.slot_ms) > slot + SLOTS then
        c.gone[#c.gone + 1] = name
      else
        c.slots[slot] = amount
        c.level = c.level + amount
      end
    elseif sort == 'n:' then
      local version, used, claim, ends = string.match(value, '^(%S+) (%S+) (%S+) (%S+)$')
      if name == c.lease then
        c.own = { version = tonumber(version), used = tonumber(used), claim = tonumber(claim) }
      elseif tonumber(ends) > now then
        c.others = c.others + tonumber(claim)
      else
        c.gone[#c.gone + 1] = name
        c.left = c.left + tonumber(claim)
      end
    elseif name == 'l' then
      c.stood = tonumber(value)
    elseif name == 'a' then
      c.stood_at = tonumber(value)
    elseif name == 'u' then
      c.period = tonumber(value)
    end
  end
  if c.kind == 'g' and c.stood then
    c.level = math.max(0, c.stood - math.max(0, now - c.stood_at) * c.rate / c.window)
  elseif c.kind == 'p' then
    c.level = c.period or c.seed
  end
  if c.kind == 'c' then
    c.delta, c.left = 0, 0
  elseif c.own then
    c.delta = math.max(0, c.used - c.own.used)
  elseif c.kind ~= 'p' then
    c.delta = c.seed
  else
    -- What others knew of the database, or what this node knows of it, whichever is more.
    c.delta = c.period and math.max(c.unsaved, c.seed - c.period) or 0
  end
  c.level = c.level + c.delta + c.left
  if c.kind == 's' and c.delta + c.left > 0 then
    c.slot = math.floor(now / c.slot_ms)
    c.slots[c.slot] = (c.slots[c.slot] or 0) + c.delta + c.left
  end
  c.is_stale = c.own ~= nil and c.version <= c.own.version
  c.fits = c.is_stale or c.want == 0 or not c.enforces or c.level + c.others + c.claim <= c.max
  return c
end

-- How long until there is room; -1 when that is for others to say.
local function wait(c, room)
  if room < 0 then
    return -1
  elseif c.level <= room then
    return 0
  elseif c.kind == 'g' then
    return math.ceil((c.level - room) * c.window / c.rate)
  elseif c.kind == 'p' then
    return c.window
  end
  local order = {}
  for slot in pairs(c.slots) do
    order[#order + 1] = slot
  end
  table.sort(order)
  local level = c.level
  for _, slot in ipairs(order) do
    level = level - c.slots[slot]
    if level <= room then
      return (slot + SLOTS + 1) * c.slot_ms - now
    end
  end
  return -1
end

local function charge(c)
  if c.slot then
    redis.call('HSET', c.key, 's:' .. whole(c.slot), whole(c.slots[c.slot]))
  elseif c.kind == 'g' and c.delta + c.left > 0 then
    redis.call('HSET', c.key, 'l', string.format('%.17g', c.level), 'a', whole(now))
  elseif c.kind == 'p' then
    redis.call('HSET', c.key, 'u', whole(c.level))
  end
  if #c.gone > 0 then
    redis.call('HDEL', c.key, unpack(c.gone))
  end
end

local function claim(c, version, amount)
  local used = math.max(c.used, c.own and c.own.used or 0)
  local value = whole(version) .. ' ' .. whole(used) .. ' ' .. whole(amount) .. ' ' .. whole(now + life)
  redis.call('HSET', c.key, c.lease, value)
  redis.call('PEXPIRE', c.key, c.keep)
end

local counters, granted = {}, 1
for i, key in ipairs(KEYS) do
  counters[i] = read(key, 1 + (i - 1) * FIELDS)
  if not counters[i].fits then
    granted = 0
  end
end

local reply = { granted }
for _, c in ipairs(counters) do
  local extra, until_room = 0, 0
  if not c.fits then
    until_room = wait(c, c.max - c.others - c.claim)
  end
  if not c.is_stale and granted == 1 then
    extra = math.floor(math.max(0, math.min(c.ahead, (c.max - c.level - c.others - c.claim) / 4)))
    charge(c)
    claim(c, c.version, c.claim + extra)
  elseif not c.is_stale then
    charge(c)
    -- What is only asked for is not claimed, or nodes that all ask for too much would shut each other out.
    local amount = c.own and math.max(0, c.own.claim - c.delta) or c.covered
    claim(c, c.own and c.own.version or 0, amount)
  end
  reply[#reply + 1] = math.ceil(c.level + c.others)
  reply[#reply + 1] = wait(c, 0)
  reply[#reply + 1] = until_room
  reply[#reply + 1] = extra
end
return reply
