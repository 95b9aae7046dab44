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
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.posthorn.message.ContentId;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;
import org.posthorn.storage.queue.RecipientState.Place;

/// The values of the queue's rows. The first byte is the version of the format; a newer program
/// reads all older ones.
final class QueueCodec {
  private static final int VERSION = 1;

  /// Of the rows with an arrival; 2 is what [SealedForms] writes.
  private static final int FORM_VERSION = 4;

  /// The first that has [Wishes]; these end before `triedUntil`.
  private static final int WISHES_VERSION = 3;

  /// Of the rows of recipients; in 1 no answer has the time of the last try.
  private static final int RECIPIENT_VERSION = 2;

  private static final int EXPECTED_BYTES = 160;

  private static final int PRIORITY_ZERO = 9;

  private static final int WAITING = 1;
  private static final int OUTGOING = 2;
  private static final int HELD = 3;

  /// In the dead letters; what is in other repositories is PARKED.
  private static final int DEAD = 4;

  private static final int PARKED = 5;

  private QueueCodec() {}

  /// A form with the arrival that all forms of a mail share.
  record ArrivedForm(Arrival arrival, MailForm form) {}

  static byte[] encodeForm(Arrival arrival, MailForm form) {
    var out = new RowWriter(EXPECTED_BYTES).raw(FORM_VERSION);
    arrival(out, arrival);
    wishes(out, arrival.wishes());
    optional(out, form.sender(), QueueCodec::address);
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
    var in = new RowReader(row);
    Arrival arrival = arrival(in, in.form(FORM_VERSION));
    Optional<MailAddress> sender = optional(in, QueueCodec::address);
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
    var out = new RowWriter(EXPECTED_BYTES).raw(RECIPIENT_VERSION);
    out.number(recipient.form());
    address(out, recipient.address());
    optional(out, recipient.originalRecipient(), RowWriter::text);
    out.number(recipient.notifications().size());
    recipient.notifications().stream().sorted().forEach(out::text);
    state(out, recipient.state());
    out.number(recipient.attempts());
    out.number(recipient.due().toEpochMilli());
    optional(out, recipient.answer(), QueueCodec::answer);
    flag(out, recipient.delayTold());
    return out.toBytes();
  }

  static QueuedRecipient recipient(int number, byte[] row) {
    var in = new RowReader(row);
    int version = in.form(RECIPIENT_VERSION);
    int form = in.count();
    MailAddress address = address(in);
    Optional<String> originalRecipient = optional(in, RowReader::text);
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
        optional(in, from -> answer(from, version)),
        flag(in));
  }

  static byte[] encodeSubmitted(MailId submitted) {
    var out = begin();
    out.text(submitted.value());
    return out.toBytes();
  }

  static MailId submitted(byte[] row) {
    return new MailId(open(row).text());
  }

  static byte[] encodeCounts(QueueCounts counts) {
    var out = begin();
    out.number(counts.mails());
    out.number(counts.waiting());
    out.number(counts.outgoing());
    out.number(counts.held());
    out.number(counts.parked());
    return out.toBytes();
  }

  static QueueCounts counts(byte[] row) {
    var in = open(row);
    return new QueueCounts(in.number(), in.number(), in.number(), in.number(), in.number());
  }

  private static RowWriter begin() {
    return new RowWriter(EXPECTED_BYTES).raw(VERSION);
  }

  private static RowReader open(byte[] row) {
    var in = new RowReader(row);
    in.form(VERSION);
    return in;
  }

  private static void flag(RowWriter out, boolean value) {
    out.raw(value ? 1 : 0);
  }

  private static boolean flag(RowReader in) {
    return in.raw() != 0;
  }

  private static <T> void optional(
      RowWriter out, Optional<T> value, BiConsumer<RowWriter, T> write) {
    flag(out, value.isPresent());
    value.ifPresent(present -> write.accept(out, present));
  }

  private static <T> Optional<T> optional(RowReader in, Function<RowReader, T> read) {
    return flag(in) ? Optional.of(read.apply(in)) : Optional.empty();
  }

  private static void arrival(RowWriter out, Arrival arrival) {
    optional(out, arrival.remote(), (to, remote) -> to.piece(remote.getAddress()));
    out.text(arrival.helo());
    optional(out, arrival.login(), QueueCodec::address);
    out.text(arrival.protocol());
    out.text(arrival.connection());
    out.number(arrival.received().toEpochMilli());
    flag(out, arrival.smtpUtf8());
    flag(out, arrival.eightBit());
    optional(out, arrival.returnFull(), QueueCodec::flag);
    optional(out, arrival.envelopeId(), RowWriter::text);
  }

  private static Arrival arrival(RowReader in, int version) {
    return new Arrival(
        optional(in, QueueCodec::remote),
        in.text(),
        optional(in, QueueCodec::address),
        in.text(),
        in.text(),
        Instant.ofEpochMilli(in.number()),
        flag(in),
        flag(in),
        optional(in, QueueCodec::flag),
        optional(in, RowReader::text),
        version < WISHES_VERSION ? Wishes.NONE : wishes(in, version));
  }

  private static void wishes(RowWriter out, Wishes wishes) {
    out.raw(
        switch (wishes.tls()) {
          case USUAL -> 0;
          case REQUIRED -> 1;
          case OPTIONAL -> 2;
        });
    out.raw(wishes.priority() + PRIORITY_ZERO);
    optional(out, wishes.holdUntil(), (to, at) -> to.number(at.toEpochMilli()));
    optional(
        out,
        wishes.deliverBy(),
        (to, by) -> {
          to.number(by.at().toEpochMilli());
          flag(to, by.returned());
          flag(to, by.traced());
        });
    optional(out, wishes.triedUntil(), (to, at) -> to.number(at.toEpochMilli()));
  }

  private static Wishes wishes(RowReader in, int version) {
    int tls = in.raw();
    return new Wishes(
        switch (tls) {
          case 0 -> Wishes.Tls.USUAL;
          case 1 -> Wishes.Tls.REQUIRED;
          case 2 -> Wishes.Tls.OPTIONAL;
          default -> throw new RowDamaged("there is no wish for TLS " + tls);
        },
        in.raw() - PRIORITY_ZERO,
        optional(in, from -> Instant.ofEpochMilli(from.number())),
        optional(
            in,
            from ->
                new Wishes.DeliverBy(Instant.ofEpochMilli(from.number()), flag(from), flag(from))),
        version == WISHES_VERSION
            ? Optional.empty()
            : optional(in, from -> Instant.ofEpochMilli(from.number())));
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
        optional(out, via, QueueCodec::via);
      }
      case RecipientState.Held(RecipientState before) -> {
        out.number(HELD);
        state(out, before);
      }
      case RecipientState.Parked parked -> {
        if (parked.isDeadLetter()) {
          out.number(DEAD);
        } else {
          out.number(PARKED);
          out.text(parked.repository());
        }
        place(out, parked.place());
        out.text(parked.reason());
      }
    }
  }

  private static RecipientState state(RowReader in) {
    int tag = in.count();
    return switch (tag) {
      case WAITING -> new RecipientState.Waiting(place(in));
      case OUTGOING ->
          new RecipientState.Outgoing(new Domain(in.text()), optional(in, QueueCodec::via));
      case HELD -> new RecipientState.Held(state(in));
      case DEAD -> new RecipientState.Parked(RecipientState.DEAD_LETTERS, place(in), in.text());
      case PARKED -> new RecipientState.Parked(in.text(), place(in), in.text());
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
    optional(out, via.credentials(), RowWriter::text);
  }

  private static RecipientState.Via via(RowReader in) {
    return new RecipientState.Via(in.text(), in.count(), in.text(), optional(in, RowReader::text));
  }

  private static void answer(RowWriter out, QueuedRecipient.Answer answer) {
    out.text(answer.status());
    optional(out, answer.remote(), RowWriter::text);
    out.text(answer.text());
    out.number(answer.at().toEpochMilli());
    flag(out, answer.failed());
    optional(out, answer.lastTry(), (to, at) -> to.number(at.toEpochMilli()));
  }

  private static QueuedRecipient.Answer answer(RowReader in, int version) {
    return new QueuedRecipient.Answer(
        in.text(),
        optional(in, RowReader::text),
        in.text(),
        Instant.ofEpochMilli(in.number()),
        flag(in),
        version < RECIPIENT_VERSION
            ? Optional.empty()
            : optional(in, from -> Instant.ofEpochMilli(from.number())));
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
      return InetAddress.getByAddress(in.piece());
    } catch (UnknownHostException e) {
      throw new RowDamaged("an IP address of another length", e);
    }
  }
}
