package org.posthorn.app.transfer.intake;

import java.util.Arrays;
import java.util.Locale;

/// A kind of thing that was odd about what was imported or exported.
public enum Oddity {
  UNREADABLE(true, "could not be read"),
  LEADS_OUT(
      true,
      "are links that lead out of what is imported, and were not followed: import what they lead to by its own path"),
  OTHER_LAYOUT(
      true,
      "are folders that lie otherwise than the rest, and were not taken: import each by its own path, with --into"),
  GONE(true, "went away while they were read: repeat the import"),
  EMPTY(true, "are empty"),
  ENCRYPTED(true, "are encrypted by the other server"),
  COMPRESSED(true, "are compressed in a way that is not known here"),
  DAMAGED(true, "are damaged in the store"),
  OVER_QUOTA(
      true,
      "are over the quota of the user: raise it with  posthorn user set LOGIN --quota, and repeat"),
  TOO_LARGE(true, "are too large, or there are too many of them"),
  MAILBOX_GONE(true, "were for a mailbox that was deleted meanwhile"),
  REFUSED(true, "were refused"),
  NO_HEADER(false, "have no header"),
  FROM_LINE(false, "began with a From line, which was left out"),
  NUL(false, "had NUL bytes, which no mail program takes: they are bytes 0x80 now"),
  NO_DATE(false, "say nowhere when they came: the Date field or the file's time was taken"),
  KEYWORD_REFUSED(false, "had keywords that cannot be kept: the messages are there without them"),
  KEYWORD_UNKNOWN(false, "had keywords whose names are not in dovecot-keywords"),
  NAME_CHANGED(false, "are mailboxes whose names cannot be as they were"),
  MERGED(false, "are mailboxes that went into the account's own one for the same use"),
  SAME_NAME(false, "are mailboxes of which there are several folders: all went into one"),
  GONE_THERE(false, "are mailboxes that were imported and are not there any more: they stay here"),
  DELETED_BEFORE(false, "were deleted in their mail program, and not taken"),
  NO_MAIL(false, "are files or folders without mail, and not taken"),
  NOT_OWN(
      false, "are mailboxes of other users or shared ones, and not taken: --shared takes them too"),
  EXCLUDED(false, "are mailboxes that were excluded");

  private final boolean leavesOut;
  private final String text;

  Oddity(boolean leavesOut, String text) {
    this.leavesOut = leavesOut;
    this.text = text;
  }

  /// Whether something that is wanted was left out.
  public boolean leavesOut() {
    return leavesOut;
  }

  /// What to say behind a number of such things.
  public String text() {
    return text;
  }

  /// As programs name it: `over-quota`.
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Oddity of(String code) {
    return Arrays.stream(values()).filter(o -> o.code().equals(code)).findFirst().orElse(REFUSED);
  }
}
