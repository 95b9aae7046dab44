package org.posthorn.storage.queue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.posthorn.message.ContentId;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.RecipientState.Place;

/// The values of the queue's rows. The first byte is the version of the format; a newer program
/// reads all older ones.
final class QueueCodec {
  private static final int VERSION = 1;

  private static final int WAITING = 1;
  private static final int OUTGOING = 2;
  private static final int HELD = 3;
  private static final int DEAD = 4;

  private QueueCodec() {}

  /// A form with the arrival that all forms of a mail share.
  record ArrivedForm(Arrival arrival, MailForm form) {}

  static byte[] encodeForm(Arrival arrival, MailForm form) {
    var out = new RowWriter(VERSION);
    arrival(out, arrival);
    out.optional(form.sender(), QueueCodec::address);
    out.text(form.content().value());
    out.text(form.prefix());
    out.number(form.cuts().size());
    for (MailForm.Cut cut : form.cuts()) {
      out.number(cut.start());
      out.number(cut.end() - cut.start());
    }
    out.number(form.attributes().size());
    new TreeMap<>(form.attributes())
        .forEach((name, value) -> {
          out.text(name);
          out.text(value);
        });
    return out.toBytes();
  }

  static ArrivedForm form(int number, byte[] row) {
    var in = new RowReader(row, VERSION);
    Arrival arrival = arrival(in);
    Optional<MailAddress> sender = in.optional(QueueCodec::address);
    var content = new ContentId(in.text());
    String prefix = in.text();
    int cutCount = in.count();
    List<MailForm.Cut> cuts = new ArrayList<>();
    for (int i = 0; i < cutCount; i++) {
      long start = in.number();
      cuts.add(new MailForm.Cut(start, start + in.number()));
    }
    int attributeCount = in.count();
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < attributeCount; i++) {
      String name = in.text();
      attributes.put(name, in.text());
    }
    return new ArrivedForm(
        arrival, new MailForm(number, sender, content, prefix, cuts, attributes));
  }

  static byte[] encodeRecipient(QueuedRecipient recipient) {
    var out = new RowWriter(VERSION);
    out.number(recipient.form());
    address(out, recipient.address());
    out.optional(recipient.originalRecipient(), RowWriter::text);
    out.number(recipient.notifications().size());
    recipient.notifications().stream().sorted().forEach(out::text);
    state(out, recipient.state());
    out.number(recipient.attempts());
    out.number(recipient.due().toEpochMilli());
    out.optional(recipient.answer(), QueueCodec::answer);
    out.flag(recipient.delayTold());
    return out.toBytes();
  }

  static QueuedRecipient recipient(int number, byte[] row) {
    var in = new RowReader(row, VERSION);
    int form = in.count();
    MailAddress address = address(in);
    Optional<String> originalRecipient = in.optional(RowReader::text);
    int words = in.count();
    Set<String> notifications = new HashSet<>();
    for (int i = 0; i < words; i++) {
      notifications.add(in.text());
    }
    return new QueuedRecipient(
        number,
        form,
        address,
        originalRecipient,
        notifications,
        state(in),
        in.count(),
        Instant.ofEpochMilli(in.number()),
        in.optional(QueueCodec::answer),
        in.flag());
  }

  static byte[] encodeSubmitted(MailId submitted) {
    var out = new RowWriter(VERSION);
    out.text(submitted.value());
    return out.toBytes();
  }

  static MailId submitted(byte[] row) {
    return new MailId(new RowReader(row, VERSION).text());
  }

  static byte[] encodeCounts(QueueCounts counts) {
    var out = new RowWriter(VERSION);
    out.number(counts.mails());
    out.number(counts.waiting());
    out.number(counts.outgoing());
    out.number(counts.held());
    out.number(counts.dead());
    return out.toBytes();
  }

  static QueueCounts counts(byte[] row) {
    var in = new RowReader(row, VERSION);
    return new QueueCounts(in.number(), in.number(), in.number(), in.number(), in.number());
  }

  private static void arrival(RowWriter out, Arrival arrival) {
    out.optional(arrival.remote(), (to, remote) -> to.bytes(remote.getAddress()));
    out.text(arrival.helo());
    out.optional(arrival.login(), QueueCodec::address);
    out.text(arrival.protocol());
    out.text(arrival.connection());
    out.number(arrival.received().toEpochMilli());
    out.flag(arrival.smtpUtf8());
    out.flag(arrival.eightBit());
    out.optional(arrival.returnFull(), RowWriter::flag);
    out.optional(arrival.envelopeId(), RowWriter::text);
  }

  private static Arrival arrival(RowReader in) {
    return new Arrival(
        in.optional(QueueCodec::remote),
        in.text(),
        in.optional(QueueCodec::address),
        in.text(),
        in.text(),
        Instant.ofEpochMilli(in.number()),
        in.flag(),
        in.flag(),
        in.optional(RowReader::flag),
        in.optional(RowReader::text));
  }

  private static void state(RowWriter out, RecipientState state) {
    switch (state) {
      case RecipientState.Waiting(Place place) -> {
        out.number(WAITING);
        place(out, place);
      }
      case RecipientState.Outgoing(Domain domain, Optional<RecipientState.Via> via) -> {
        out.number(OUTGOING);
        out.text(domain.ascii());
        out.optional(via, QueueCodec::via);
      }
      case RecipientState.Held(RecipientState before) -> {
        out.number(HELD);
        state(out, before);
      }
      case RecipientState.Dead(Place place, String reason) -> {
        out.number(DEAD);
        place(out, place);
        out.text(reason);
      }
    }
  }

  private static RecipientState state(RowReader in) {
    int tag = in.count();
    return switch (tag) {
      case WAITING -> new RecipientState.Waiting(place(in));
      case OUTGOING ->
          new RecipientState.Outgoing(new Domain(in.text()), in.optional(QueueCodec::via));
      case HELD -> new RecipientState.Held(state(in));
      case DEAD -> new RecipientState.Dead(place(in), in.text());
      default -> throw new RowDamaged("there is no state " + tag);
    };
  }

  private static void place(RowWriter out, Place place) {
    out.text(place.processor());
    out.text(place.step());
  }

  private static Place place(RowReader in) {
    return new Place(in.text(), in.text());
  }

  private static void via(RowWriter out, RecipientState.Via via) {
    out.text(via.host());
    out.number(via.port());
    out.text(via.tls());
    out.optional(via.credentials(), RowWriter::text);
  }

  private static RecipientState.Via via(RowReader in) {
    return new RecipientState.Via(in.text(), in.count(), in.text(), in.optional(RowReader::text));
  }

  private static void answer(RowWriter out, QueuedRecipient.Answer answer) {
    out.text(answer.status());
    out.optional(answer.remote(), RowWriter::text);
    out.text(answer.text());
    out.number(answer.at().toEpochMilli());
    out.flag(answer.failed());
  }

  private static QueuedRecipient.Answer answer(RowReader in) {
    return new QueuedRecipient.Answer(
        in.text(),
        in.optional(RowReader::text),
        in.text(),
        Instant.ofEpochMilli(in.number()),
        in.flag());
  }

  private static void address(RowWriter out, MailAddress address) {
    out.text(address.localPart());
    out.text(address.domain().ascii());
  }

  private static MailAddress address(RowReader in) {
    return new MailAddress(in.text(), new Domain(in.text()));
  }

  private static InetAddress remote(RowReader in) {
    try {
      return InetAddress.getByAddress(in.bytes());
    } catch (UnknownHostException e) {
      throw new RowDamaged("an IP address of another length", e);
    }
  }
}
