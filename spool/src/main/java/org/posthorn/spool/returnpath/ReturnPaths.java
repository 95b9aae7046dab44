package org.posthorn.spool.returnpath;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.Engine;

/// Makes return paths and reads them. Safe for use by many threads.
///
/// | form | of what |
/// |---|---|
/// | `SRS0=hash=day=domain=local@ours` | a mail of `local@domain` that is sent on |
/// | `SRS1=hash=other=rest@ours` | one that `other` has sent on before, as `SRS0rest@other` |
/// | `BV=hash=day=name=domain=local@ours` | a mail to `local@domain`, sent for `name` |
///
/// `day` is that on which it was made, two characters; `hash` eight characters (40 bits) of a keyed
/// hash over all the rest and our domain. Both are compared in any case, for there are servers that
/// change it. Where this takes more than the 64 bytes of a local part, `domain=local` is `+=token`,
/// and the address is kept in the store.
public final class ReturnPaths {
  private static final String SENT_ON = "SRS0";
  private static final String SENT_ON_AGAIN = "SRS1";
  private static final String FOR_ONE = "BV";
  private static final String SHORT = "+";
  private static final String SEPARATORS = "=+-";
  private static final String NAME = "[a-z0-9-]{1,20}";

  /// What a path may be (RFC 5321 §4.5.3.1.3), without its brackets.
  private static final int ADDRESS_MAX_BYTES = 254;

  private final ReturnKeys keys;
  private final ShortForms shortForms;
  private final DayStamp days;
  private final ForwardingConfig config;

  public ReturnPaths(Engine engine, InstantSource clock, ForwardingConfig config) {
    this.config = config;
    this.days = new DayStamp(clock, (int) config.srsKeep().toDays());
    this.keys = new ReturnKeys(engine, days);
    this.shortForms = new ShortForms(engine, days);
  }

  public ForwardingConfig config() {
    return config;
  }

  /// The envelope sender of a mail of `sender` that `ours` sends on. Empty where there is none: so
  /// many long addresses are in use that no more are kept, or `ours` is too long for any.
  public Optional<MailAddress> sendingOn(MailAddress sender, Domain ours) {
    return (isSrs(sender) ? again(sender, ours) : first(sender, ours))
        .or(() -> shortened(SENT_ON, "", sender, ours));
  }

  /// An own return path for the mails of `name` (up to 20 of `a-z0-9-`) to one recipient. Empty as
  /// in [#sendingOn].
  public Optional<MailAddress> forOne(String name, MailAddress recipient, Domain ours) {
    if (!isName(name)) {
      throw new IllegalArgumentException("A name has 1 to 20 of a-z, 0-9 and -, not " + name);
    }
    String before = name + "=";
    return fitting(signed(FOR_ONE, before + text(recipient), ours), ours)
        .or(() -> shortened(FOR_ONE, before, recipient, ours));
  }

  /// Whether [#forOne] takes it.
  public static boolean isName(String name) {
    return name.matches(NAME);
  }

  public ReturnPath read(MailAddress address) {
    String local = address.localPart();
    if (isTagged(local, SENT_ON)) {
      return sentOn(local.substring(SENT_ON.length() + 1), address.domain());
    }
    if (isTagged(local, SENT_ON_AGAIN)) {
      return sentOnAgain(local.substring(SENT_ON_AGAIN.length() + 1), address.domain());
    }
    return local.regionMatches(true, 0, FOR_ONE + "=", 0, FOR_ONE.length() + 1)
        ? sentToOne(local.substring(FOR_ONE.length() + 1), address.domain())
        : new ReturnPath.None();
  }

  /// Who is to hear what becomes of a mail here that is of `sender`: the original sender of one
  /// that was sent on, however long it has rested here since.
  public MailAddress whoHears(MailAddress sender) {
    String local = sender.localPart();
    for (String kind : List.of(SENT_ON, SENT_ON_AGAIN)) {
      if (isTagged(local, kind)) {
        String[] parts = local.substring(kind.length() + 1).split("=", 3);
        return parts.length == 3 && isSignedHere(kind, parts, sender.domain())
            ? (kind.equals(SENT_ON) ? address(parts[2]) : before(parts[1], parts[2])).orElse(sender)
            : sender;
      }
    }
    return sender;
  }

  private boolean isSignedHere(String kind, String[] parts, Domain ours) {
    return keys.hasSigned(parts[0], payload(kind, parts[1] + "=" + parts[2], ours));
  }

  private Optional<MailAddress> first(MailAddress sender, Domain ours) {
    return fitting(signed(SENT_ON, text(sender), ours), ours);
  }

  /// Only the first who has sent it on is kept, and we (SRS1).
  private Optional<MailAddress> again(MailAddress sender, Domain ours) {
    String local = sender.localPart();
    String rest = local.substring(SENT_ON.length());
    String text = sender.domain() + "=" + rest;
    if (isTagged(local, SENT_ON_AGAIN)) {
      String[] parts = rest.substring(1).split("=", 3);
      if (parts.length < 3 || Domain.parse(parts[1]).isEmpty() || parts[2].isEmpty()) {
        return Optional.empty();
      }
      text = parts[1] + "=" + parts[2];
    }
    return fitting(
        SENT_ON_AGAIN + "=" + keys.sign(payload(SENT_ON_AGAIN, text, ours)) + "=" + text, ours);
  }

  private Optional<MailAddress> shortened(
      String kind, String before, MailAddress address, Domain ours) {
    return shortForms
        .token(address.toString(), keys)
        .flatMap(token -> fitting(signed(kind, before + SHORT + "=" + token, ours), ours));
  }

  private String signed(String kind, String text, Domain ours) {
    String dated = days.today() + "=" + text;
    return kind + "=" + keys.sign(payload(kind, dated, ours)) + "=" + dated;
  }

  private static Optional<MailAddress> fitting(String local, Domain ours) {
    if (bytes(local) > MailAddress.LOCAL_PART_MAX_BYTES) {
      return Optional.empty();
    }
    var address = new MailAddress(local, ours);
    return bytes(address.writtenLocalPart()) <= MailAddress.LOCAL_PART_MAX_BYTES
            && bytes(address.toString()) <= ADDRESS_MAX_BYTES
        ? Optional.of(address)
        : Optional.empty();
  }

  private ReturnPath sentOn(String signed, Domain ours) {
    return switch (opened(SENT_ON, signed, ours)) {
      case Opened.Refused(ReturnPath why) -> why;
      case Opened.Text(String text) ->
          address(text).<ReturnPath>map(ReturnPath.SentOn::new).orElseGet(ReturnPath.Expired::new);
    };
  }

  /// Without a day of its own: it counts as long as the key that it was made with.
  private ReturnPath sentOnAgain(String signed, Domain ours) {
    String[] parts = signed.split("=", 3);
    if (parts.length < 3
        || !keys.verify(parts[0], payload(SENT_ON_AGAIN, parts[1] + "=" + parts[2], ours))) {
      return new ReturnPath.Forged();
    }
    return before(parts[1], parts[2])
        .<ReturnPath>map(ReturnPath.SentOn::new)
        .orElseGet(ReturnPath.Forged::new);
  }

  /// The return path by which another server has sent it on.
  private static Optional<MailAddress> before(String other, String rest) {
    return MailAddress.parse(new MailAddress(SENT_ON + rest, Domain.of(other)).toString());
  }

  private ReturnPath sentToOne(String signed, Domain ours) {
    return switch (opened(FOR_ONE, signed, ours)) {
      case Opened.Refused(ReturnPath why) -> why;
      case Opened.Text(String text) -> {
        String[] parts = text.split("=", 2);
        yield address(parts[1])
            .<ReturnPath>map(
                recipient -> new ReturnPath.ForOne(parts[0].toLowerCase(Locale.ROOT), recipient))
            .orElseGet(ReturnPath.Expired::new);
      }
    };
  }

  private sealed interface Opened {
    record Text(String text) implements Opened {}

    record Refused(ReturnPath why) implements Opened {}
  }

  /// What stands behind hash and day, if both are right.
  private Opened opened(String kind, String signed, Domain ours) {
    String[] parts = signed.split("=", 3);
    if (parts.length < 3
        || !keys.verify(parts[0], payload(kind, parts[1] + "=" + parts[2], ours))) {
      return new Opened.Refused(new ReturnPath.Forged());
    }
    return days.isRecent(parts[1])
        ? new Opened.Text(parts[2])
        : new Opened.Refused(new ReturnPath.Expired());
  }

  /// `domain=local` or `+=token`; none where the token is not kept any more.
  private Optional<MailAddress> address(String text) {
    String[] parts = text.split("=", 2);
    return parts[0].equals(SHORT)
        ? shortForms.find(parts[1]).flatMap(MailAddress::parse)
        : Domain.parse(parts[0]).map(domain -> new MailAddress(parts[1], domain));
  }

  private static String text(MailAddress address) {
    return address.domain() + "=" + address.localPart();
  }

  private static String payload(String kind, String text, Domain ours) {
    return kind + '\0' + ours + '\0' + text.toLowerCase(Locale.ROOT);
  }

  private static boolean isSrs(MailAddress address) {
    return isTagged(address.localPart(), SENT_ON) || isTagged(address.localPart(), SENT_ON_AGAIN);
  }

  private static boolean isTagged(String local, String tag) {
    return local.length() > tag.length()
        && local.regionMatches(true, 0, tag, 0, tag.length())
        && SEPARATORS.indexOf(local.charAt(tag.length())) >= 0;
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
