package org.posthorn.mailets.match;

import java.util.List;
import java.util.function.BiPredicate;
import org.posthorn.mailet.Directory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.message.MailAddress;

/// Matchers that ask who is at home here.
final class DirectoryMatchers {
  private DirectoryMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(
        recipientIsLocal(),
        senderIsLocal(),
        senderHasMailbox(),
        recipientHasMailbox(),
        isOverQuota());
  }

  /// Recipients in a domain of this server, whether or not somebody has the address, and the
  /// postmaster at the server's own names: `match: RecipientIsLocal`.
  private static MatcherFactory<?> recipientIsLocal() {
    return new Shipped<>(
        "RecipientIsLocal",
        "Recipients in a domain of this server.",
        NoParameters.class,
        (_, services) -> {
          Directory directory = services.directory();
          return Shipped.each(
              recipient -> !(directory.find(recipient.address()) instanceof Directory.Elsewhere));
        });
  }

  /// Mail with an envelope sender in a domain of this server: `SenderIsLocal`. Anybody can claim
  /// that; who must have logged in is chosen by `IsAuthenticated`.
  private static MatcherFactory<?> senderIsLocal() {
    return ofSender(
        "SenderIsLocal",
        "Mail whose envelope sender is in a domain of this server, true or not.",
        (directory, sender) -> directory.isLocal(sender.domain()));
  }

  /// Mail with the envelope sender of somebody who has a mailbox here: `SenderHasMailbox`.
  private static MatcherFactory<?> senderHasMailbox() {
    return ofSender(
        "SenderHasMailbox",
        "Mail whose envelope sender has a mailbox here, true or not.",
        DirectoryMatchers::hasMailbox);
  }

  private static MatcherFactory<?> ofSender(
      String name, String summary, BiPredicate<Directory, MailAddress> test) {
    return new Shipped<>(
        name,
        summary,
        NoParameters.class,
        (_, services) -> {
          Directory directory = services.directory();
          return Whole.matcher(
              mail -> mail.sender().filter(one -> test.test(directory, one)).isPresent());
        });
  }

  /// Recipients who have a mailbox here that may receive: `RecipientHasMailbox`. Aliases are none.
  private static MatcherFactory<?> recipientHasMailbox() {
    return new Shipped<>(
        "RecipientHasMailbox",
        "Recipients who have a mailbox here; aliases are none.",
        NoParameters.class,
        (_, services) -> {
          Directory directory = services.directory();
          return Shipped.each(recipient -> hasMailbox(directory, recipient.address()));
        });
  }

  /// Recipients in whose mailbox there is no room for this message: `IsOverQuota`.
  private static MatcherFactory<?> isOverQuota() {
    return new Shipped<>(
        "IsOverQuota",
        "Recipients whose mailbox has no room for the message.",
        NoParameters.class,
        (_, services) -> {
          Directory directory = services.directory();
          return mail ->
              mail.recipients().stream()
                  .filter(recipient ->
                      FullMailboxes.isFull(
                          directory, recipient.address(), mail.message().sizeBytes()))
                  .toList();
        });
  }

  private static boolean hasMailbox(Directory directory, MailAddress address) {
    return directory.find(address) instanceof Directory.Mailbox;
  }
}
