package org.posthorn.imap.view;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.posthorn.imap.wire.Extension;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.UidSet;

/// What of IMAP the client has enabled, and so in which form it is told of the messages of the
/// selected mailbox. Used by one thread at a time.
public final class Dialect {
  private final RecentUids recent;
  private boolean withModSeq;
  private boolean withVanished;

  /// IMAP4rev2: nothing is recent, and what is told unasked has the UID.
  private boolean rev2;

  /// RFC 9586: no number of a message is told.
  private boolean uidOnly;

  Dialect(Set<Extension> enabled, RecentUids recent) {
    this.recent = recent;
    this.withModSeq = enabled.contains(Extension.CONDSTORE);
    enable(enabled);
  }

  /// UIDONLY stays once it is enabled, and [#enableModSeq] is for itself.
  void enable(Set<Extension> enabled) {
    withVanished = enabled.contains(Extension.QRESYNC);
    rev2 = enabled.contains(Extension.IMAP4REV2);
    uidOnly |= enabled.contains(Extension.UIDONLY);
  }

  /// Whether that is new.
  boolean enableModSeq() {
    boolean isNew = !withModSeq;
    withModSeq = true;
    return isNew;
  }

  /// Every FETCH response that tells news has the MODSEQ (RFC 7162 §3.1).
  public boolean withModSeq() {
    return withModSeq;
  }

  /// What is gone is told by UID (RFC 7162 §3.2.10).
  public boolean withVanished() {
    return withVanished;
  }

  public boolean uidOnly() {
    return uidOnly;
  }

  boolean tellsRecent() {
    return !rev2;
  }

  /// The beginning of a FETCH response, or of a UIDFETCH response (RFC 9586 §3), with its
  /// parenthesis.
  public void beginFetch(long number, long uid, ImapWriter writer) {
    writer.text("* ").number(uidOnly ? uid : number).text(uidOnly ? " UIDFETCH (" : " FETCH (");
  }

  /// `FLAGS (…)`, as in a FETCH response.
  public void flags(MailboxView view, int index, ImapWriter writer) {
    writer.text("FLAGS (");
    List<String> names = view.flags(index).names();
    for (int i = 0; i < names.size(); i++) {
      if (i > 0) {
        writer.raw(' ');
      }
      writer.text(names.get(i));
    }
    if (!rev2 && recent.contains(view.uid(index))) {
      writer.text(names.isEmpty() ? "\\Recent" : " \\Recent");
    }
    writer.raw(')');
  }

  /// `MODSEQ (…)`, as in a FETCH response.
  public static void modSeq(MailboxView view, int index, ImapWriter writer) {
    writer.text("MODSEQ (").number(view.modSeq(index)).raw(')');
  }

  /// A FETCH response that tells the flags of one message.
  void tellFlags(int number, MailboxView view, int index, boolean withUid, ImapWriter writer)
      throws IOException {
    beginFetch(number, view.uid(index), writer);
    if (!uidOnly && (withUid || withModSeq || rev2)) {
      writer.text("UID ").number(view.uid(index)).raw(' ');
    }
    flags(view, index, writer);
    if (withModSeq) {
      writer.raw(' ');
      modSeq(view, index, writer);
    }
    writer.raw(')').endLine();
  }

  /// A FETCH response that tells only the mod-sequence of one message.
  void tellModSeq(int number, MailboxView view, int index, ImapWriter writer) throws IOException {
    long uid = view.uid(index);
    beginFetch(number, uid, writer);
    if (!uidOnly) {
      writer.text("UID ").number(uid).raw(' ');
    }
    modSeq(view, index, writer);
    writer.raw(')').endLine();
  }

  /// These messages are gone, which have their numbers still.
  void tellGone(UidSet gone, MailboxView numbered, ImapWriter writer) throws IOException {
    if ((withVanished || uidOnly) && !gone.isEmpty()) {
      writer.text("* VANISHED ").text(gone.toString()).endLine();
      return;
    }
    for (int i = gone.size() - 1; i >= 0; i--) {
      writer.text("* ").number(numbered.indexOf(gone.at(i)) + 1L).text(" EXPUNGE").endLine();
    }
  }
}
