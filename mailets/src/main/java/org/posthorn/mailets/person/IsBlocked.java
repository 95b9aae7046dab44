package org.posthorn.mailets.person;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.content.Fields;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.AddressList;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Personal;
import org.posthorn.storage.directory.Resolution;
import org.posthorn.storage.directory.User;

/// Recipients who do not want mail of this sender, or whose domain does not (`posthorn user
/// block`). Both the envelope sender and From count: `IsBlocked`.
public record IsBlocked(Directory directory) implements MatcherFactory<NoParameters> {
  private static final int ADDRESSES_MAX = 20;

  @Override
  public String name() {
    return "IsBlocked";
  }

  @Override
  public String summary() {
    return "Recipients who have blocked the sender.";
  }

  @Override
  public Class<NoParameters> parameters() {
    return NoParameters.class;
  }

  @Override
  public Matcher create(NoParameters none, Services services) {
    return this::match;
  }

  private List<Recipient> match(Mail mail) {
    return mail.recipients().stream().filter(one -> isBlocked(mail, one.address())).toList();
  }

  private boolean isBlocked(Mail mail, MailAddress recipient) {
    List<Personal> blocking = blocking(recipient);
    return !blocking.isEmpty()
        && senders(mail).stream().anyMatch(one -> blocking.stream().anyMatch(by -> by.blocks(one)));
  }

  /// Those that block somebody, of the address's domain, the user, and the user's domain, which the
  /// other may stand for.
  private List<Personal> blocking(MailAddress recipient) {
    List<Personal> all = new ArrayList<>();
    all.add(directory.personal().of(recipient.domain()));
    user(recipient)
        .ifPresent(user -> {
          all.add(directory.personal().of(user));
          all.add(directory.personal().of(user.login().domain()));
        });
    all.removeIf(one -> one.blocked().isEmpty());
    return all;
  }

  /// Also one who is disabled: the mail waits, and may come later.
  private Optional<User> user(MailAddress recipient) {
    return switch (directory.resolve(recipient)) {
      case Resolution.Mailbox(User user, _) -> Optional.of(user);
      case Resolution.Disabled(User user) -> Optional.of(user);
      case Resolution.Alias _,
          Resolution.Listed _,
          Resolution.NoSuchUser _,
          Resolution.NotLocal _ ->
          Optional.empty();
    };
  }

  private static List<MailAddress> senders(Mail mail) {
    List<MailAddress> all = new ArrayList<>();
    mail.sender().ifPresent(all::add);
    mail.message().headers().stream()
        .filter(field -> field.is("From"))
        .map(HeaderField::value)
        .flatMap(value -> AddressList.parse(value).stream())
        .limit(ADDRESSES_MAX)
        .flatMap(one -> Fields.address(one).stream())
        .forEach(all::add);
    return all;
  }
}
