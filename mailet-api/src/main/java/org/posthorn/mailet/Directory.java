package org.posthorn.mailet;

import java.util.List;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// Who is at home on this server. Answers from memory, as of now; addresses in any case. Safe for
/// use by many threads.
///
/// The least there is:
///
/// ```java
/// Directory directory = services.directory();
/// Matcher ours = mail -> mail.recipients().stream()
///     .filter(recipient -> directory.isLocal(recipient.address().domain()))
///     .toList();
/// ```
///
/// All that an address can mean:
///
/// ```java
/// String means = switch (directory.find(address)) {
///   case Directory.Mailbox(Directory.Person person, Optional<String> detail) -> "for " + person.login();
///   case Directory.Alias(List<MailAddress> targets) -> "goes on to " + targets;
///   case Directory.Listed(MailAddress list) -> "for the members of " + list;
///   case Directory.Closed(Directory.Person person) -> person.login() + " receives nothing now";
///   case Directory.Nobody() -> "nobody's, in a domain of ours";
///   case Directory.Elsewhere() -> "not ours";
/// };
/// ```
public interface Directory {
  /// Whether mail for this domain ends here; also for a domain that is an alias of one of ours.
  boolean isLocal(Domain domain);

  /// What an address means, one step: aliases are not followed. Sub-addresses (`ann+lists@`),
  /// domain aliases and the domain's catch-all are.
  Meaning find(MailAddress address);

  /// The address under which whoever is meant by `address` is known: the login of a person, the
  /// alias, the list; without detail, and in the domain that the address's own is an alias of. What
  /// names nobody here, or an address that is made of a list's, stays as it is.
  MailAddress knownAs(MailAddress address);

  /// Where mail to an address ends up when all aliases are followed, each once.
  Destinations expand(MailAddress address);

  /// The person with this login: an address, through domain aliases but not through aliases.
  Optional<Person> person(MailAddress login);

  /// How full somebody's mailboxes are. Empty: there is no such login.
  Optional<Room> room(MailAddress login);

  /// Whether a person may send as `sender`: the own address with any detail, the same in a domain
  /// that is an alias, or an alias that leads to the person. False: there is no such login.
  boolean maySendAs(MailAddress login, MailAddress sender);

  /// The logins in a group. Empty: there is no such group, or nobody in it.
  List<MailAddress> members(MailAddress group);

  /// Somebody with mailboxes here. `fullName` may be empty. `shared`: nobody logs in there; several
  /// people look after it.
  record Person(MailAddress login, String fullName, boolean enabled, boolean shared) {}

  /// What an address is.
  sealed interface Meaning permits Mailbox, Alias, Listed, Closed, Nobody, Elsewhere {}

  /// Somebody's, who may receive. `detail` is what follows the `+`, as the sender wrote it.
  record Mailbox(Person person, Optional<String> detail) implements Meaning {}

  /// Goes on to these, each of which may be anything again.
  record Alias(List<MailAddress> targets) implements Meaning {
    public Alias {
      targets = List.copyOf(targets);
    }
  }

  /// The address of a mailing list, or one that is made of it, such as `team-request`.
  record Listed(MailAddress list) implements Meaning {}

  /// Somebody's, who may not receive now.
  record Closed(Person person) implements Meaning {}

  /// In a domain of ours, and nobody's.
  record Nobody() implements Meaning {}

  /// In a domain that is not ours.
  record Elsewhere() implements Meaning {}

  /// `people` get it, once each; `elsewhere` are addresses of others; `unknown` are in our domains
  /// but nobody's, or their owner may not receive now. `complete` is false when there was more than
  /// the server follows.
  record Destinations(
      List<Person> people,
      List<MailAddress> elsewhere,
      List<MailAddress> unknown,
      boolean complete) {
    public Destinations {
      people = List.copyOf(people);
      elsewhere = List.copyOf(elsewhere);
      unknown = List.copyOf(unknown);
    }
  }

  /// What somebody keeps and may keep; limits of 0: none.
  record Room(long usedBytes, long usedMessages, long limitBytes, long limitMessages) {
    /// Whether one more message of this size may come in.
    public boolean isThereFor(long sizeBytes) {
      return (limitBytes == 0 || sizeBytes <= limitBytes - usedBytes)
          && (limitMessages == 0 || usedMessages < limitMessages);
    }
  }
}
