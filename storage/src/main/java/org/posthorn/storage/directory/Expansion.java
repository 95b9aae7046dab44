package org.posthorn.storage.directory;

import java.util.List;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// Where mail to an address ends up when all aliases are followed, each once. `disabled` users may
/// not receive now; `unknown` addresses are in our domains but nobody's; `lists` are addresses of
/// mailing lists. `complete` is false when there was more than [Directory#EXPANSION_MAX] or deeper
/// than [Directory#EXPANSION_DEPTH].
public record Expansion(
    List<Resolution.Mailbox> mailboxes,
    List<MailAddress> remote,
    List<User> disabled,
    List<MailAddress> unknown,
    List<MailAddress> lists,
    boolean complete) {
  public Expansion {
    mailboxes = List.copyOf(mailboxes);
    remote = List.copyOf(remote);
    disabled = List.copyOf(disabled);
    unknown = List.copyOf(unknown);
    lists = List.copyOf(lists);
  }

  /// Whether it ends in no mailbox, here or elsewhere.
  boolean isNobody() {
    return complete && mailboxes.isEmpty() && remote.isEmpty() && disabled.isEmpty();
  }

  /// Whether somebody outside of the domain gets it.
  public boolean leavesFrom(Domain domain) {
    return !remote.isEmpty()
        || mailboxes.stream().anyMatch(one -> !one.user().login().domain().equals(domain))
        || disabled.stream().anyMatch(one -> !one.login().domain().equals(domain))
        || lists.stream().anyMatch(one -> !one.domain().equals(domain));
  }
}
