package org.posthorn.message.mime;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The header fields that a structure is made of; all others are passed over unread.
enum KnownField {
  CONTENT_TYPE("content-type", false, 16384),
  CONTENT_TRANSFER_ENCODING("content-transfer-encoding", false, 256),
  CONTENT_ID("content-id", false, 1024),
  CONTENT_DESCRIPTION("content-description", false, 1024),
  CONTENT_MD5("content-md5", false, 256),
  CONTENT_DISPOSITION("content-disposition", false, 16384),
  CONTENT_LANGUAGE("content-language", false, 1024),
  CONTENT_LOCATION("content-location", false, 2048),
  DATE("date", true, 1024),
  SUBJECT("subject", true, 4096),
  FROM("from", true, 16384),
  SENDER("sender", true, 16384),
  REPLY_TO("reply-to", true, 16384),
  TO("to", true, 102_400),
  CC("cc", true, 102_400),
  BCC("bcc", true, 102_400),
  IN_REPLY_TO("in-reply-to", true, 4096),
  MESSAGE_ID("message-id", true, 1024),
  REFERENCES("references", true, 16384);

  /// The longest value of any field that is kept.
  static final int VALUE_MAX = 102_400;

  private static final int NAME_MAX = 25;
  private static final Set<KnownField> OF_ADDRESSES = EnumSet.range(FROM, BCC);
  private static final KnownField[][] BY_LENGTH = byLength();

  private final String name;
  private final boolean ofMessages;
  private final int valueMax;

  KnownField(String name, boolean ofMessages, int valueMax) {
    this.name = name;
    this.ofMessages = ofMessages;
    this.valueMax = valueMax;
  }

  /// Whether it belongs to a message's header only, not to that of a part.
  boolean isOfMessages() {
    return ofMessages;
  }

  /// Whether all fields of the name count, not the first alone: RFC 5322 §3.6 allows one, but
  /// nobody may be left out whom a message names.
  boolean isOfAddresses() {
    return OF_ADDRESSES.contains(this);
  }

  /// What is kept of a value, in bytes.
  int valueMax() {
    return valueMax;
  }

  /// The field that is called as the bytes from `from` to `to` say, in any case.
  static @Nullable KnownField named(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length <= NAME_MAX) {
      for (KnownField field : BY_LENGTH[length]) {
        if (field.isAt(bytes, from)) {
          return field;
        }
      }
    }
    return null;
  }

  private boolean isAt(byte[] bytes, int from) {
    for (int i = 0; i < name.length(); i++) {
      // The names have only letters and hyphens, and `| 0x20` keeps a hyphen as it is. What else it
      // could turn into a letter or a hyphen (a CR into a hyphen) is no character of a name.
      if ((bytes[from + i] | 0x20) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static KnownField[][] byLength() {
    KnownField[][] found = new KnownField[NAME_MAX + 1][];
    for (int length = 0; length <= NAME_MAX; length++) {
      int wanted = length;
      found[length] =
          Arrays.stream(values())
              .filter(field -> field.name.length() == wanted)
              .toArray(KnownField[]::new);
    }
    return found;
  }
}
