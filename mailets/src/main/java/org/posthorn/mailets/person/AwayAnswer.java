package org.posthorn.mailets.person;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Memory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.content.Fields;
import org.posthorn.mailets.match.MachineMatchers;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.AddressList;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Resolution;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.directory.Vacation;

/// Answers for users who are away (`posthorn user vacation`), by the rules of RFC 3834 and RFC
/// 5230: to each sender once in a while, only where the user is named in To or Cc, and never to
/// lists, programs, bulk mail, reports, spam, forged senders, or themselves. The mail goes on.
///
/// ```yaml
/// - mailet: AwayAnswer
/// ```
public final class AwayAnswer implements Mailet {
  /// The memory of who was answered.
  static final String MEMORY = "away";

  private static final Set<String> ADDRESSED =
      Set.of("to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc");

  private static final int ADDRESSES_MAX = 200;

  private final Directory directory;
  private final Services services;
  private final Memory memory;

  private AwayAnswer(Directory directory, Services services) {
    this.directory = directory;
    this.services = services;
    this.memory = services.memory(MEMORY);
  }

  @Override
  public Outcome service(Mail mail) {
    for (Recipient recipient : mail.recipients()) {
      if (directory.resolve(recipient.address()) instanceof Resolution.Mailbox(User user, _)) {
        directory.personal().of(user).vacation().ifPresent(away -> consider(mail, user, away));
      }
    }
    return new Outcome.Continue(mail);
  }

  /// What is submitted is so once for each mail, and the memory knows for which mail.
  @Override
  public boolean repeatable() {
    return true;
  }

  private void consider(Mail mail, User user, Vacation away) {
    Instant now = services.clock().instant();
    if (!away.isOn(now) || !MachineMatchers.mayBeAnswered(mail)) {
      return;
    }
    MailAddress sender = mail.sender().orElseThrow();
    if (!directory.maySendAs(user, sender)
        && isNamed(mail, user)
        && isFirst(mail, user, away, sender)) {
      services
          .submission()
          .submit(
              mail.id(),
              "away " + user.account() + " " + away.id(),
              Optional.empty(),
              List.of(new Recipient(sender, Optional.empty(), Set.of(Recipient.Notify.NEVER))),
              new ByteArrayInputStream(new AwayLetter(user, away).about(mail, sender, now)));
    }
  }

  private boolean isNamed(Mail mail, User user) {
    return mail.message().headers().stream()
        .filter(field -> ADDRESSED.contains(field.name().toLowerCase(Locale.ROOT)))
        .flatMap(field -> AddressList.parse(field.value()).stream())
        .limit(ADDRESSES_MAX)
        .flatMap(one -> Fields.address(one).stream())
        .anyMatch(address -> directory.maySendAs(user, address));
  }

  /// Whether the sender got no answer lately, or got it for this very mail, as after a crash.
  private boolean isFirst(Mail mail, User user, Vacation away, MailAddress sender) {
    String whom = sender.toString().toLowerCase(Locale.ROOT);
    String key =
        user.account() + " " + away.id() + " " + UUID.nameUUIDFromBytes(whom.getBytes(UTF_8));
    String mine = mail.id().value();
    Optional<String> answered = memory.find(key);
    if (answered.isPresent()) {
      return answered.get().equals(mine);
    }
    var first = new boolean[1];
    var _ =
        memory.update(
            key,
            away.every(),
            before -> {
              first[0] = before.isEmpty();
              return before.isEmpty() ? Optional.of(mine) : before;
            });
    return first[0];
  }

  /// Makes it of the server's directory.
  public record Factory(Directory directory) implements MailetFactory<NoParameters> {
    @Override
    public String name() {
      return "AwayAnswer";
    }

    @Override
    public String summary() {
      return "Answers for users who are away.";
    }

    @Override
    public Class<NoParameters> parameters() {
      return NoParameters.class;
    }

    @Override
    public Mailet create(NoParameters none, Services services) {
      return new AwayAnswer(directory, services);
    }
  }
}
