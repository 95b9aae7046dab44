package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.posthorn.mailet.AddressRange;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.QueueAdministration.Condition;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

/// Which recipients an operator means; what is absent does not matter. `sender`, `recipient` and
/// `answer` (what was said last) are parts of the text in any case, but a whole address means that
/// one: orders about `ann@example.org` are not for `joann@example.org`. An address with stars, each
/// for any text, is meant whole too. A `sender` is looked for in the envelope and in the login that
/// the mail came with, and `<>` is the null sender; `destination` is a domain or a smarthost;
/// `repository` is the one that it was put into; `olderThan` and `newerThan` count from when the
/// mail came, or, where a repository is named, from when it was put there; `client` is where it
/// came from; `subject` is a part of the one that the message came in with, which is looked at
/// last, since it costs a read.
public record QueueFilter(
    Optional<String> sender,
    Optional<String> recipient,
    Optional<String> destination,
    Optional<Condition> condition,
    Optional<Duration> olderThan,
    Optional<String> answer,
    Optional<String> repository,
    Optional<Duration> newerThan,
    Optional<AddressRange> client,
    Optional<String> subject) {
  public static final QueueFilter ALL =
      new QueueFilter(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /// Whenever it came, from wherever, and whatever it is about.
  public QueueFilter(
      Optional<String> sender,
      Optional<String> recipient,
      Optional<String> destination,
      Optional<Condition> condition,
      Optional<Duration> olderThan,
      Optional<String> answer,
      Optional<String> repository) {
    this(
        sender,
        recipient,
        destination,
        condition,
        olderThan,
        answer,
        repository,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /// What is in a repository, of any age or older than that.
  public static QueueFilter of(String repository, Optional<Duration> olderThan) {
    return new QueueFilter(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        olderThan,
        Optional.empty(),
        Optional.of(repository));
  }

  boolean isAll() {
    return equals(ALL);
  }

  /// But for the subject. `route` is where the row's way leads.
  boolean matches(
      Optional<MailAddress> from,
      QueuedRecipient row,
      Supplier<Optional<String>> route,
      Arrival arrival,
      Instant now) {
    return sender.map(part -> isSender(part, from, arrival.login())).orElse(true)
        && recipient.map(part -> isMeant(row.address(), part)).orElse(true)
        && destination.map(name -> isDestination(name, row.state(), route)).orElse(true)
        && condition.map(word -> word == Condition.of(row.state())).orElse(true)
        && olderThan.map(age -> begin(row, arrival).plus(age).isBefore(now)).orElse(true)
        && newerThan.map(age -> begin(row, arrival).plus(age).isAfter(now)).orElse(true)
        && client.map(range -> arrival.remote().filter(range::contains).isPresent()).orElse(true)
        && answer.map(part -> wasSaid(part, row)).orElse(true)
        && isLookedFor(row.state());
  }

  /// From when on its age counts.
  private Instant begin(QueuedRecipient row, Arrival arrival) {
    return repository.isPresent() && row.state() instanceof RecipientState.Parked
        ? row.due()
        : arrival.received();
  }

  /// What is in a repository, but for the dead letters, is not.
  static boolean isUnderWay(RecipientState state) {
    return !(state instanceof RecipientState.Parked parked) || parked.isDeadLetter();
  }

  /// What is not under way only who asks for it means.
  private boolean isLookedFor(RecipientState state) {
    return switch (state) {
      case RecipientState.Parked parked ->
          repository
              .map(name -> parked.repository().equals(name))
              .orElse(isUnderWay(state) || condition.isPresent());
      case RecipientState.Waiting _, RecipientState.Outgoing _, RecipientState.Held _ ->
          repository.isEmpty();
    };
  }

  private static boolean isSender(
      String part, Optional<MailAddress> sender, Optional<MailAddress> login) {
    return part.equals("<>")
        ? sender.isEmpty()
        : Stream.concat(sender.stream(), login.stream())
            .anyMatch(address -> isMeant(address, part));
  }

  private static boolean isMeant(MailAddress address, String part) {
    if (part.indexOf('*') >= 0) {
      return fits(lower(address.toString()), lower(part));
    }
    return MailAddress.parse(part)
        .map(whole -> whole.toString().equalsIgnoreCase(address.toString()))
        .orElseGet(() -> contains(address.toString(), part));
  }

  /// Whether two names mean the same destination, a domain or `host:port`: in any case, in U-labels
  /// or A-labels, with a final dot or without; an IPv6 address with brackets or without.
  public static boolean isSameDestination(String one, String other) {
    return one.equalsIgnoreCase(other) || plain(one).equalsIgnoreCase(plain(other));
  }

  private static String plain(String name) {
    if (name.startsWith("[") && name.matches("\\[[0-9a-fA-F:.]+\\]:[0-9]+")) {
      return name.substring(1).replace("]", "");
    }
    int colon = name.lastIndexOf(':');
    boolean hasPort = colon > 0 && name.indexOf(':') == colon;
    String host = hasPort ? name.substring(0, colon) : name;
    return Domain.parse(host).map(Domain::ascii).orElse(host)
        + (hasPort ? name.substring(colon) : "");
  }

  private static boolean isDestination(
      String name, RecipientState state, Supplier<Optional<String>> route) {
    return switch (state) {
      case RecipientState.Outgoing outgoing ->
          route.get().filter(way -> isSameDestination(way, name)).isPresent()
              || isSameDestination(outgoing.domain().ascii(), name);
      case RecipientState.Held(RecipientState before) -> isDestination(name, before, route);
      case RecipientState.Waiting _, RecipientState.Parked _ -> false;
    };
  }

  private static boolean wasSaid(String part, QueuedRecipient row) {
    String said =
        row.answer().map(answer -> answer.status() + " " + answer.text()).orElse("")
            + (row.state() instanceof RecipientState.Parked(var _, var _, String reason)
                ? reason
                : "");
    return contains(said, part);
  }

  /// Each piece between stars as near to the begin as it can be, but the last one at the end.
  private static boolean fits(String text, String pattern) {
    String[] pieces = pattern.split("\\*", -1);
    String last = pieces[pieces.length - 1];
    if (!text.startsWith(pieces[0]) || !text.endsWith(last)) {
      return false;
    }
    int at = pieces[0].length();
    int end = text.length() - last.length();
    for (String piece : List.of(pieces).subList(1, pieces.length - 1)) {
      int found = text.indexOf(piece, at);
      if (found < 0) {
        return false;
      }
      at = found + piece.length();
    }
    return at <= end;
  }

  private static boolean contains(String text, String part) {
    return lower(text).contains(lower(part));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
