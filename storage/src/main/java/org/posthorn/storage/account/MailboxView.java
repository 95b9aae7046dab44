package org.posthorn.storage.account;

import java.util.List;

/// A mailbox as of one version of the account: immutable, compact (a few tens of bytes a message),
/// in UID order. Indexes count from 0. Replaced as a whole by structural sharing, so holding an old
/// one is cheap and safe.
public interface MailboxView {
  MailboxInfo info();

  int size();

  long uid(int index);

  Flags flags(int index);

  /// The version of the account that last changed this message's place or flags.
  long modSeq(int index);

  /// Names the email in [Account#email].
  long emailId(int index);

  long sizeBytes(int index);

  /// INTERNALDATE, milliseconds since 1970.
  long internalMillis(int index);

  /// When the message came into this mailbox (RFC 8514), milliseconds since 1970.
  long savedMillis(int index);

  /// The index of a UID, or `-(index of the next higher UID) - 1`.
  int indexOf(long uid);

  /// Index of the first message with unseen flag, or -1.
  int firstUnseen();

  /// The keywords that messages here have, alphabetically.
  List<String> keywords();

  /// What is different from an older view of the same mailbox; costs what changed, not what is
  /// there.
  Difference since(MailboxView older);

  /// What [#since] found.
  interface Difference {
    /// UIDs of the older view that are gone.
    UidSet expunged();

    /// Indexes *in the newer view*, ascending, of messages that both have and whose modSeq grew.
    int[] changedIndexes();

    /// Index in the newer view of the first message that the older did not have; its size when
    /// there is none.
    int firstAdded();
  }
}
