-- Rules for the test of rspamd: what is to become of a mail, its field X-Do says.

local function rule(word, score)
  rspamd_config:register_symbol{
    name = 'TEST_' .. word:upper(),
    score = score,
    callback = function(task)
      local words = task:get_header('X-Do')
      return words ~= nil and words:find(word, 1, true) ~= nil
    end,
  }
end

rule('reject', 20)
rule('subject', 11)
rule('flag', 7)
rule('grey', 5)

rspamd_config:register_symbol{
  name = 'TEST_REPLY',
  type = 'postfilter',
  callback = function(task)
    local words = task:get_header('X-Do') or ''
    if words:find('soft', 1, true) then
      task:set_pre_result('soft reject', 'Come again, says the test')
    end
    if words:find('author', 1, true) then
      local author = task:get_from('mime')
      task:set_milter_reply({add_headers = {['X-Author'] = author[1].addr}})
      task:set_pre_result('add header', 'From ' .. author[1].addr)
    end
    if words:find('envelope', 1, true) then
      local sender = task:get_from('smtp')
      local recipients = task:get_recipients('smtp') or {}
      task:set_milter_reply({add_headers = {['X-Envelope'] = string.format('%s %s %d %s',
        sender and sender[1].addr or 'nobody', task:get_user() or '-', #recipients,
        recipients[1] and recipients[1].addr or 'nobody')}})
    end
    if words:find('edit', 1, true) then
      local heard = string.format('%s %s %s %s', tostring(task:get_ip()), task:get_helo() or '-',
        task:get_user() or '-', tostring(task:get_queue_id()))
      task:set_milter_reply({
        add_headers = {
          ['X-Edit'] = {order = 0, value = 'first'},
          ['X-Two'] = {'a', 'b'},
          ['X-Heard'] = heard,
          ['X-Folded'] = {order = -1, value = 'one\r\n\ttwo'},
        },
        remove_headers = {['X-Do'] = 0, ['X-Old'] = 2},
        change_from = 'new@example.net',
        add_rcpt = {'carl@example.org'},
        del_rcpt = {'bob@example.org'},
      })
    end
  end,
}
