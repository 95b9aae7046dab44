package org.posthorn.storage.backup;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// An account, a domain or a [SystemPart] in one run: at which commit it was saved, what it then
/// was, in which sections its rows are, and in which packs its contents. `unread` counts contents
/// that could not be read; it is 1 at least where all of it is from an earlier run, since it could
/// not be read in this one.
record SavedPartition(
    Partition partition,
    Head head,
    Outline outline,
    List<Section> sections,
    PackSet packs,
    long unread) {
  /// What the account's first row said; of others nothing.
  record Outline(
      String owner, long version, int epoch, long checksum, long messages, long sizeBytes) {
    static final Outline NONE = new Outline("", 0, 0, 0, 0, 0);
  }

  SavedPartition {
    sections = List.copyOf(sections);
  }

  /// This, in a later run that could not read the partition.
  SavedPartition keptUnread() {
    return new SavedPartition(partition, head, outline, sections, packs, Math.max(1, unread));
  }

  boolean isAccount() {
    return partition.kind() == Partition.Kind.ACCOUNT;
  }

  boolean isDomain() {
    return partition.kind() == Partition.Kind.DOMAIN;
  }

  void writeTo(RowWriter row) {
    row.raw(partition.kind().code()).text(partition.name()).number(head.version());
    row.raw(head.last().isPresent() ? 1 : 0);
    head.last().ifPresent(id -> row.fixed(id.high()).fixed(id.low()));
    row.text(outline.owner()).number(outline.version()).number(outline.epoch());
    row.fixed(outline.checksum()).number(outline.messages()).number(outline.sizeBytes());
    row.number(sections.size());
    sections.forEach(section -> section.writeTo(row));
    packs.writeTo(row);
    row.number(unread);
  }

  static SavedPartition readFrom(RowReader row) {
    var partition = new Partition(kind((byte) row.raw()), row.text());
    long version = row.number();
    Optional<CommitId> last =
        row.raw() == 1 ? Optional.of(new CommitId(row.fixed(), row.fixed())) : Optional.empty();
    var outline =
        new Outline(row.text(), row.number(), row.count(), row.fixed(), row.number(), row.number());
    int count = row.count();
    var sections = new ArrayList<Section>();
    for (int i = 0; i < count; i++) {
      sections.add(Section.readFrom(row));
    }
    return new SavedPartition(
        partition, new Head(version, last), outline, sections, PackSet.readFrom(row), row.number());
  }

  private static Partition.Kind kind(byte code) {
    for (Partition.Kind kind : Partition.Kind.values()) {
      if (kind.code() == code) {
        return kind;
      }
    }
    throw new StorageUnavailable("A saved partition is of unknown kind " + code);
  }
}
