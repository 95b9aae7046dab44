package org.posthorn.storage.story;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;
import org.posthorn.storage.story.StoryEvent.Addresses;

/// The bytes of events. A batch is its form and entries, each with its length in front, so that
/// kinds of events that are not known yet are passed over. Numbers of kinds are never used again.
final class StoryCodec {
  private static final int FORM = 1;
  private static final int TEXT_MAX = 500;
  private static final int LIST_MAX = Addresses.MOST_MAX;

  private static final int ACCEPTED = 1;
  private static final int DISCARDED = 2;
  private static final int REFUSED = 3;
  private static final int STEP = 4;
  private static final int SERVED = 5;
  private static final int RETRIED = 6;
  private static final int DEAD = 7;
  private static final int PARKED = 13;
  private static final int RELAYED_BEFORE_TLS = 8;
  private static final int DEFERRED_BEFORE_TLS = 9;
  private static final int FAILED_BEFORE_TLS = 10;
  private static final int ADMINISTERED_BY_NOBODY = 11;
  private static final int MISSING = 12;
  private static final int RELAYED = 14;
  private static final int ADMINISTERED = 15;
  private static final int DEFERRED = 16;
  private static final int FAILED = 17;

  private StoryCodec() {}

  static byte[] batch(List<byte[]> entries) {
    int size = 1;
    for (byte[] entry : entries) {
      size += entry.length + 3;
    }
    var out = new RowWriter(size).raw(FORM);
    entries.forEach(out::piece);
    return out.toBytes();
  }

  /// Throws [StorageUnavailable] when it is damaged or of a newer form.
  static List<StoryEntry> readBatch(byte[] batch) {
    var in = new RowReader(batch);
    in.form(FORM);
    List<StoryEntry> entries = new ArrayList<>();
    while (!in.atEnd()) {
      read(in.piece()).ifPresent(entries::add);
    }
    return entries;
  }

  /// The entries as they are, unread.
  static List<byte[]> pieces(byte[] batch) {
    var in = new RowReader(batch);
    in.form(FORM);
    List<byte[]> entries = new ArrayList<>();
    while (!in.atEnd()) {
      entries.add(in.piece());
    }
    return entries;
  }

  static byte[] write(StoryEntry entry) {
    var out = new RowWriter(160);
    out.number(entry.at().toEpochMilli());
    text(out, entry.mail());
    switch (entry.event()) {
      case StoryEvent.Accepted accepted -> accepted(out.raw(ACCEPTED), accepted);
      case StoryEvent.Discarded(
              var sender,
              var to,
              var remote,
              var connection,
              var messageId,
              var because) -> {
        text(out.raw(DISCARDED), sender);
        texts(addresses(out, to), remote, connection, messageId, because);
      }
      case StoryEvent.Refused refused -> refused(out.raw(REFUSED), refused);
      case StoryEvent.Step(var place, var to, var outcome, var became, var sender, long micros) -> {
        text(out.raw(STEP), place);
        text(addresses(out, to), outcome);
        text(addresses(out, became), sender);
        out.number(micros);
      }
      case StoryEvent.Served(var to, var place, var how) ->
          texts(addresses(out.raw(SERVED), to), place, how);
      case StoryEvent.Retried(var to, var place, var why, var next) -> {
        texts(addresses(out.raw(RETRIED), to), place, why);
        out.signed(next.toEpochMilli());
      }
      case StoryEvent.Dead(var to, var place, var why) ->
          texts(addresses(out.raw(DEAD), to), place, why);
      case StoryEvent.Parked(var to, var place, var repository, var why) ->
          texts(addresses(out.raw(PARKED), to), place, repository, why);
      case StoryEvent.Relayed(var to, var remote, var said, var tls) ->
          texts(addresses(out.raw(RELAYED), to), remote, said, tls);
      case StoryEvent.Deferred(
              var to,
              int attempts,
              var status,
              var remote,
              var said,
              var next,
              var tls) -> {
        addresses(out.raw(DEFERRED), to).number(attempts);
        texts(out, status, remote, said);
        text(out.signed(next.toEpochMilli()), tls);
      }
      case StoryEvent.Failed(var to, int attempts, var status, var remote, var said, var tls) -> {
        addresses(out.raw(FAILED), to).number(attempts);
        texts(out, status, remote, said, tls);
      }
      case StoryEvent.Administered(var what, int recipients, var by) -> {
        text(out.raw(ADMINISTERED), what);
        text(out.number(recipients), by);
      }
      case StoryEvent.Missing(long events) -> out.raw(MISSING).number(events);
    }
    return out.toBytes();
  }

  /// Empty for an event of a kind that this program does not know.
  static Optional<StoryEntry> read(byte[] entry) {
    var in = new RowReader(entry);
    Instant at = Instant.ofEpochMilli(in.number());
    String mail = in.text();
    @SuppressWarnings("NullAway")
    StoryEvent event =
        switch (in.raw()) {
          case ACCEPTED -> accepted(in);
          case DISCARDED ->
              new StoryEvent.Discarded(
                  in.text(), addresses(in), in.text(), in.text(), textIfAny(in), textIfAny(in));
          case REFUSED ->
              new StoryEvent.Refused(
                  in.text(),
                  in.text(),
                  addresses(in),
                  in.text(),
                  in.text(),
                  in.text(),
                  in.text(),
                  in.text(),
                  in.text(),
                  textIfAny(in));
          case STEP ->
              new StoryEvent.Step(
                  in.text(), addresses(in), in.text(), addresses(in), in.text(), in.number());
          case SERVED -> new StoryEvent.Served(addresses(in), in.text(), in.text());
          case RETRIED -> new StoryEvent.Retried(addresses(in), in.text(), in.text(), instant(in));
          case DEAD -> new StoryEvent.Dead(addresses(in), in.text(), in.text());
          case PARKED -> new StoryEvent.Parked(addresses(in), in.text(), in.text(), in.text());
          case RELAYED_BEFORE_TLS ->
              new StoryEvent.Relayed(addresses(in), in.text(), in.text(), "");
          case RELAYED -> new StoryEvent.Relayed(addresses(in), in.text(), in.text(), in.text());
          case DEFERRED_BEFORE_TLS ->
              new StoryEvent.Deferred(
                  addresses(in), in.count(), in.text(), in.text(), in.text(), instant(in), "");
          case DEFERRED ->
              new StoryEvent.Deferred(
                  addresses(in),
                  in.count(),
                  in.text(),
                  in.text(),
                  in.text(),
                  instant(in),
                  in.text());
          case FAILED_BEFORE_TLS ->
              new StoryEvent.Failed(addresses(in), in.count(), in.text(), in.text(), in.text(), "");
          case FAILED ->
              new StoryEvent.Failed(
                  addresses(in), in.count(), in.text(), in.text(), in.text(), in.text());
          case ADMINISTERED_BY_NOBODY -> new StoryEvent.Administered(in.text(), in.count(), "");
          case ADMINISTERED -> new StoryEvent.Administered(in.text(), in.count(), in.text());
          case MISSING -> new StoryEvent.Missing(in.number());
          default -> null;
        };
    return Optional.ofNullable(event).map(known -> new StoryEntry(at, mail, known));
  }

  private static void accepted(RowWriter out, StoryEvent.Accepted accepted) {
    text(out, accepted.sender());
    addresses(out, accepted.to()).number(accepted.sizeBytes());
    texts(
        out,
        accepted.messageId(),
        accepted.protocol(),
        accepted.remote(),
        accepted.helo(),
        accepted.login(),
        accepted.connection(),
        accepted.onBehalfOf());
    out.number(accepted.gates().size());
    accepted.gates().forEach(note -> texts(out, note.gate(), note.reason()));
    text(out, accepted.asked());
    StoryEvent.Written written = accepted.written();
    if (!written.equals(StoryEvent.Written.SAME) || !accepted.held().isEmpty()) {
      text(out, written.sender());
      text(addresses(out, written.to()), accepted.held());
    }
  }

  private static StoryEvent.Accepted accepted(RowReader in) {
    return new StoryEvent.Accepted(
        in.text(),
        addresses(in),
        in.number(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        notes(in),
        textIfAny(in),
        in.atEnd() ? StoryEvent.Written.SAME : new StoryEvent.Written(in.text(), addresses(in)),
        textIfAny(in));
  }

  /// Empty in an older entry, which ends before it.
  private static String textIfAny(RowReader in) {
    return in.atEnd() ? "" : in.text();
  }

  private static List<StoryEvent.GateNote> notes(RowReader in) {
    int count = listSize(in);
    List<StoryEvent.GateNote> notes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      notes.add(new StoryEvent.GateNote(in.text(), in.text()));
    }
    return notes;
  }

  private static void refused(RowWriter out, StoryEvent.Refused refused) {
    texts(out, refused.stage(), refused.sender());
    texts(
        addresses(out, refused.to()),
        refused.remote(),
        refused.helo(),
        refused.login(),
        refused.connection(),
        refused.reply(),
        refused.because(),
        refused.messageId());
  }

  private static RowWriter addresses(RowWriter out, Addresses addresses) {
    out.number(addresses.count()).number(addresses.some().size());
    addresses.some().forEach(address -> text(out, address));
    return out;
  }

  private static Addresses addresses(RowReader in) {
    int count = in.count();
    int shown = listSize(in);
    List<String> some = new ArrayList<>();
    for (int i = 0; i < shown; i++) {
      some.add(in.text());
    }
    return new Addresses(some, count);
  }

  private static int listSize(RowReader in) {
    int size = in.count();
    if (size > LIST_MAX) {
      throw new StorageUnavailable("An event with a list of " + size + " is damaged");
    }
    return size;
  }

  private static Instant instant(RowReader in) {
    return Instant.ofEpochMilli(in.signed());
  }

  private static void texts(RowWriter out, String... texts) {
    for (String text : texts) {
      text(out, text);
    }
  }

  private static void text(RowWriter out, String text) {
    out.text(text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX - 1) + "…");
  }
}
