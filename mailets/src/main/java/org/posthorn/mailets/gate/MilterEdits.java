package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Verdict;
import org.posthorn.message.MailAddress;
import org.posthorn.message.OriginalRecipient;
import org.posthorn.spool.NewMail;

/// What a milter changes about a mail at its end, one thing after the other. Used by one thread.
final class MilterEdits {
  private static final int RECIPIENTS_MAX = 10_000;

  /// What is kept in memory of it: all but bodies.
  private static final int BYTES_MAX = 4 << 20;

  private final Message message;
  private final HeaderLines header;
  private final String space;
  private final Set<String> done = new LinkedHashSet<>();
  private final List<Message> bodies = new ArrayList<>();
  private IncomingMail mail;
  private boolean changesHeader;
  private int bytes;
  private Optional<String> quarantine = Optional.empty();

  /// `header` is that of the message; `givesSpace`: values come with the space behind the colon.
  MilterEdits(IncomingMail mail, Message message, HeaderLines header, boolean givesSpace) {
    this.mail = mail;
    this.message = message;
    this.header = header;
    this.space = givesSpace ? "" : " ";
  }

  /// Does what the packet says; false where it is no change.
  boolean apply(MilterWire.Packet packet, MilterWire wire, Remote.Watch watch) throws IOException {
    bytes += packet.kind() == 'b' ? 0 : packet.data().length + Long.BYTES;
    if (bytes > BYTES_MAX) {
      throw new IOException("the milter changes more than " + BYTES_MAX + " bytes of the mail");
    }
    switch (packet.kind()) {
      case 'h' -> {
        List<String> field = packet.texts(0, 1);
        header.add(field.getFirst(), value(field));
        headerDone("header added");
      }
      case 'i' -> {
        List<String> field = packet.texts(Integer.BYTES, 1);
        header.insert(packet.number(), field.getFirst(), value(field));
        headerDone("header inserted");
      }
      case 'm' -> {
        List<String> field = packet.texts(Integer.BYTES, 1);
        header.change(packet.number(), field.getFirst(), value(field));
        headerDone("header changed");
      }
      case 'b' -> {
        wire.giveBack(packet);
        bodies.add(message.withBytes(new MilterBody(wire, watch)));
        done.add("body replaced");
      }
      case '+', '2' -> add(packet.texts(0, 1));
      case '-' -> remove(packet.texts(0, 1).getFirst());
      case 'e' -> sender(packet.texts(0, 1).getFirst());
      case 'q' -> quarantine = Optional.of(utf8(packet.texts(0, 0)).strip());
      default -> {
        return false;
      }
    }
    return true;
  }

  private String value(List<String> field) {
    String value = field.size() > 1 ? field.get(1) : "";
    return value.isEmpty() ? "" : space + value;
  }

  private void headerDone(String what) {
    changesHeader = true;
    done.add(what);
  }

  /// Address, and what a client could say with RCPT; what it could not is left out.
  private void add(List<String> words) {
    Optional<MailAddress> address = address(words.getFirst());
    if (address.isEmpty() || mail.recipients().size() >= RECIPIENTS_MAX) {
      done.add("recipient not added");
      return;
    }
    Optional<String> original = Optional.empty();
    Set<Recipient.Notify> notify = Set.of();
    for (String word :
        words.subList(1, words.size()).stream().flatMap(MilterEdits::split).toList()) {
      String upper = word.toUpperCase(Locale.ROOT);
      if (upper.startsWith("NOTIFY=")) {
        notify = notifications(upper.substring("NOTIFY=".length()));
      } else if (upper.startsWith("ORCPT=")) {
        original = OriginalRecipient.parse(utf8(List.of(word.substring("ORCPT=".length()))));
      }
    }
    var recipient = new Recipient(address.get(), original, notify);
    mail =
        mail.withRecipients(
            Stream.concat(mail.recipients().stream(), Stream.of(recipient)).toList());
    done.add("recipient added");
  }

  private static Stream<String> split(String words) {
    return Stream.of(words.split(" "));
  }

  private static Set<Recipient.Notify> notifications(String words) {
    Set<Recipient.Notify> named =
        Stream.of(Recipient.Notify.values())
            .filter(notify -> List.of(words.split(",")).contains(notify.name()))
            .collect(Collectors.toSet());
    return named.contains(Recipient.Notify.NEVER) && named.size() > 1 ? Set.of() : named;
  }

  private void remove(String path) {
    String gone = bare(path);
    List<Recipient> left =
        mail.recipients().stream()
            .filter(one -> !one.address().toString().equalsIgnoreCase(gone))
            .toList();
    done.add(left.size() < mail.recipients().size() ? "recipient removed" : "no such recipient");
    mail = mail.withRecipients(left);
  }

  private void sender(String path) {
    Optional<MailAddress> address = address(path);
    if (address.isPresent() || bare(path).isEmpty()) {
      mail = mail.withSender(address);
      done.add("sender changed");
    } else {
      done.add("sender not changed");
    }
  }

  private static Optional<MailAddress> address(String path) {
    return MailAddress.parse(bare(path));
  }

  private static String bare(String path) {
    return withoutBrackets(utf8(List.of(path)));
  }

  /// An address may stand in brackets or not.
  static String withoutBrackets(String path) {
    String text = path.strip();
    return text.startsWith("<") && text.endsWith(">") ? text.substring(1, text.length() - 1) : text;
  }

  private static String utf8(List<String> texts) {
    return new String(String.join("", texts).getBytes(ISO_8859_1), UTF_8);
  }

  /// The mail as it is now.
  Verdict verdict() throws IOException {
    quarantine.ifPresent(why -> {
      mail = mail.withAttribute(NewMail.QUARANTINE, why.isEmpty() ? "a milter wants it" : why);
      done.add("quarantine: " + why);
    });
    String reason = "milter: " + String.join(", ", done);
    return done.isEmpty() ? Verdict.pass() : new Verdict.Change(mail, changed(), reason);
  }

  private Message changed() throws IOException {
    return changesHeader || !bodies.isEmpty() ? header.over(message, bodies) : message;
  }
}
