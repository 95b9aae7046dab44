package org.posthorn.imap.session;

import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.imap.wire.SearchKey;
import org.posthorn.imap.wire.SequenceSet;

/// What a client may not say any more that has enabled UIDONLY (RFC 9586 §3): the number of a
/// message. `$` is no number.
final class UidOnly {
  static final ImapAnswer REFUSAL =
      ImapAnswer.bad(ResponseCode.Plain.UIDREQUIRED, "Messages are named by UID now");

  private UidOnly() {}

  static boolean refuses(ImapCommand.Selected command) {
    return switch (command) {
      case ImapCommand.Search c -> !c.byUid() || names(c.program().key());
      case ImapCommand.Sort c -> !c.byUid() || names(c.program().key());
      case ImapCommand.Threads c -> !c.byUid() || names(c.program().key());
      case ImapCommand.Fetch c -> !c.byUid();
      case ImapCommand.Store c -> !c.byUid();
      case ImapCommand.Replace c -> !c.byUid();
      case ImapCommand.Copy c -> !c.byUid();
      case ImapCommand.Move c -> !c.byUid();
      case ImapCommand.Check _,
          ImapCommand.CancelUpdate _,
          ImapCommand.UidBatches _,
          ImapCommand.Close _,
          ImapCommand.Expunge _ ->
          false;
    };
  }

  /// Whether a key names messages by number.
  static boolean names(SearchKey key) {
    return switch (key) {
      case SearchKey.Numbers(SequenceSet set) -> !set.ranges().isEmpty();
      case SearchKey.And(var keys) -> keys.stream().anyMatch(UidOnly::names);
      case SearchKey.Or(var one, var other) -> names(one) || names(other);
      case SearchKey.Not(var inner) -> names(inner);
      case SearchKey.Fuzzy(var inner) -> names(inner);
      default -> false;
    };
  }
}
