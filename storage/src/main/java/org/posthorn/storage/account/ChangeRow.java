package org.posthorn.storage.account;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The stored form of a [Change]. A long one is cut into several rows.
final class ChangeRow {
  private static final int FORM = 1;
  private static final int CREATED = 1;
  private static final int RENAMED = 2;

  /// Without what the mailbox was for; not written any more.
  private static final int DELETED_ONCE = 3;

  private static final int SUBSCRIBED = 4;
  private static final int APPENDED = 5;
  private static final int COPIED = 6;
  private static final int MOVED = 7;
  private static final int FLAGGED = 8;
  private static final int EXPUNGED = 9;

  /// No longer written: it had no limit of messages.
  private static final int QUOTA_BYTES_SET = 10;

  private static final int OWNED = 11;
  private static final int DELETED = 12;
  private static final int BROUGHT_BACK = 13;
  private static final int RESTORED = 14;
  private static final int RETENTION_SET = 15;
  private static final int QUOTA_SET = 16;
  private static final int USE_SET = 17;
  private static final int ACL_SET = 18;
  private static final int ANNOTATED = 19;
  private static final int SEEN_BY = 20;
  private static final int REPAIRED = 21;

  private static final int NEWEST_KIND = REPAIRED;

  /// A kind that is so much newer at most may be one of a newer program: they are counted up. Any
  /// other is damage, as most are that stand where a damaged row is read on.
  private static final int KINDS_TO_COME = 16;

  private ChangeRow() {}

  static byte[] encode(Change change) {
    var row = new RowWriter(96).raw(FORM).number(change.when().toEpochMilli());
    row.text(change.actor().login());
    row.text(change.actor().protocol());
    row.text(change.actor().connection());
    row.number(change.events().size());
    change.events().forEach(event -> write(event, row));
    return row.toBytes();
  }

  /// When the change was made, from the first piece of its row.
  static Instant when(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return Instant.ofEpochMilli(row.number());
  }

  static Change decode(long version, byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    var when = Instant.ofEpochMilli(row.number());
    var actor = new Actor(row.text(), row.text(), row.text());
    int count = row.count();
    List<Change.Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(read(row));
    }
    return new Change(version, when, actor, events);
  }

  private static void write(Change.Event event, RowWriter row) {
    switch (event) {
      case Change.Created(var mailbox, var name) ->
          row.raw(CREATED).number(mailbox.value()).text(name.value());
      case Change.Renamed(var mailbox, var from, var to) ->
          row.raw(RENAMED).number(mailbox.value()).text(from.value()).text(to.value());
      case Change.Deleted(var mailbox, var name, var use) ->
          row.raw(DELETED).number(mailbox.value()).text(name.value()).text(SpecialUse.text(use));
      case Change.Subscribed(var name, var subscribed) ->
          row.raw(SUBSCRIBED).text(name.value()).raw(subscribed ? 1 : 0);
      case Change.Appended(var mailbox, var uids) ->
          uids.writeTo(row.raw(APPENDED).number(mailbox.value()));
      case Change.Copied(var from, var fromUids, var to, var toUids) ->
          writePairs(row.raw(COPIED), from, fromUids, to, toUids);
      case Change.Moved(var from, var fromUids, var to, var toUids) ->
          writePairs(row.raw(MOVED), from, fromUids, to, toUids);
      case Change.Flagged(var mailbox, var uids, var before, var after) -> {
        row.raw(FLAGGED).number(mailbox.value());
        uids.writeTo(row);
        before.writeTo(row);
        after.writeTo(row);
      }
      case Change.Expunged(var mailbox, var uids) ->
          uids.writeTo(row.raw(EXPUNGED).number(mailbox.value()));
      case Change.QuotaSet(var before, var after) ->
          row.raw(QUOTA_SET)
              .number(before.bytes())
              .number(before.messages())
              .number(after.bytes())
              .number(after.messages());
      case Change.Owned(var before, var after) -> row.raw(OWNED).text(before).text(after);
      case Change.BroughtBack(var mailbox, var uids) ->
          uids.writeTo(row.raw(BROUGHT_BACK).number(mailbox.value()));
      case Change.Restored(var toVersion) -> row.raw(RESTORED).number(toVersion);
      case Change.Repaired(var fixes) -> row.raw(REPAIRED).number(fixes);
      case Change.UseSet(var mailbox, var before, var after) ->
          row.raw(USE_SET)
              .number(mailbox.value())
              .text(SpecialUse.text(before))
              .text(SpecialUse.text(after));
      case Change.SeenBy(var mailbox, var reader, var uids, var seen) -> {
        row.raw(SEEN_BY).number(mailbox.value()).text(reader.value()).raw(seen ? 1 : 0);
        uids.writeTo(row);
      }
      case Change.Annotated(var note, var before, var after) -> {
        row.raw(ANNOTATED).number(note.mailbox().value()).text(note.reader()).text(note.entry());
        writeValue(row, before);
        writeValue(row, after);
      }
      case Change.AclSet(var mailbox, var identifier, var before, var after) ->
          row.raw(ACL_SET)
              .number(mailbox.value())
              .text(identifier)
              .text(before.letters())
              .text(after.letters());
      case Change.RetentionSet(var mailbox, var before, var after) -> {
        row.raw(RETENTION_SET).number(mailbox.value());
        MailboxRow.writeDays(row, before);
        MailboxRow.writeDays(row, after);
      }
    }
  }

  private static void writePairs(
      RowWriter row, MailboxId from, UidSet fromUids, MailboxId to, UidSet toUids) {
    fromUids.writeTo(row.number(from.value()));
    toUids.writeTo(row.number(to.value()));
  }

  private static Change.Event read(RowReader row) {
    int kind = row.raw();
    return switch (kind) {
      case CREATED -> new Change.Created(mailbox(row), name(row));
      case RENAMED -> new Change.Renamed(mailbox(row), name(row), name(row));
      case DELETED_ONCE -> new Change.Deleted(mailbox(row), name(row), Optional.empty());
      case DELETED -> new Change.Deleted(mailbox(row), name(row), SpecialUse.of(row.text()));
      case SUBSCRIBED -> new Change.Subscribed(name(row), row.raw() == 1);
      case APPENDED -> new Change.Appended(mailbox(row), UidSet.readFrom(row));
      case COPIED ->
          new Change.Copied(mailbox(row), UidSet.readFrom(row), mailbox(row), UidSet.readFrom(row));
      case MOVED ->
          new Change.Moved(mailbox(row), UidSet.readFrom(row), mailbox(row), UidSet.readFrom(row));
      case FLAGGED ->
          new Change.Flagged(
              mailbox(row), UidSet.readFrom(row), Flags.readFrom(row), Flags.readFrom(row));
      case EXPUNGED -> new Change.Expunged(mailbox(row), UidSet.readFrom(row));
      case QUOTA_BYTES_SET ->
          new Change.QuotaSet(new QuotaLimits(row.number(), 0), new QuotaLimits(row.number(), 0));
      case QUOTA_SET -> new Change.QuotaSet(quota(row), quota(row));
      case OWNED -> new Change.Owned(row.text(), row.text());
      case BROUGHT_BACK -> new Change.BroughtBack(mailbox(row), UidSet.readFrom(row));
      case RESTORED -> new Change.Restored(row.number());
      case REPAIRED -> new Change.Repaired(row.number());
      case USE_SET ->
          new Change.UseSet(mailbox(row), SpecialUse.of(row.text()), SpecialUse.of(row.text()));
      case SEEN_BY -> seenBy(row);
      case ANNOTATED ->
          new Change.Annotated(
              new Annotation(mailbox(row), row.text(), row.text()), value(row), value(row));
      case ACL_SET -> new Change.AclSet(mailbox(row), row.text(), rights(row), rights(row));
      case RETENTION_SET ->
          new Change.RetentionSet(mailbox(row), MailboxRow.readDays(row), MailboxRow.readDays(row));
      default -> throw unknown(kind);
    };
  }

  private static StorageUnavailable unknown(int kind) {
    boolean mayBeNewer = kind > NEWEST_KIND && kind <= NEWEST_KIND + KINDS_TO_COME;
    return new StorageUnavailable(
        mayBeNewer
            ? "The log has an event of kind %d by a newer program; this one knows %d"
                .formatted(kind, NEWEST_KIND)
            : "The log has an event of unknown kind " + kind);
  }

  private static Change.SeenBy seenBy(RowReader row) {
    MailboxId mailbox = mailbox(row);
    var reader = new AccountId(row.text());
    boolean seen = row.raw() == 1;
    return new Change.SeenBy(mailbox, reader, UidSet.readFrom(row), seen);
  }

  private static void writeValue(RowWriter row, Optional<String> value) {
    row.raw(value.isPresent() ? 1 : 0);
    value.ifPresent(row::text);
  }

  private static Optional<String> value(RowReader row) {
    return row.raw() == 1 ? Optional.of(row.text()) : Optional.empty();
  }

  private static Rights rights(RowReader row) {
    return Rights.parse(row.text());
  }

  private static QuotaLimits quota(RowReader row) {
    return new QuotaLimits(row.number(), row.number());
  }

  private static MailboxId mailbox(RowReader row) {
    return new MailboxId(row.count());
  }

  private static MailboxName name(RowReader row) {
    return new MailboxName(row.text());
  }
}
