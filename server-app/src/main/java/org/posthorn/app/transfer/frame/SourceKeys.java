package org.posthorn.app.transfer.frame;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.posthorn.storage.account.SourceKey;

/// Makes source keys, and writes them as text: 48 hexadecimal digits. How keys are made must never
/// change: an import that was begun with an older program is gone on with by a newer one.
public final class SourceKeys {
  private static final HexFormat HEX = HexFormat.of();
  private static final int BYTES = 24;

  private SourceKeys() {}

  /// The number of a source: a folder of some other program.
  public static long source(String... names) {
    return digest(String.join("\0", names).getBytes(StandardCharsets.UTF_8)).getLong();
  }

  /// The key of a message that has a name.
  public static SourceKey named(long source, String... names) {
    return of(source, digest(String.join("\0", names).getBytes(StandardCharsets.UTF_8)));
  }

  /// The key of a message that is known by its bytes alone: the `ordinal`th (from 0) in its folder
  /// with this SHA-256.
  public static SourceKey ofBytes(long source, byte[] sha256, int ordinal) {
    ByteBuffer digest = ByteBuffer.wrap(sha256);
    return new SourceKey(source, digest.getLong(), digest.getLong() + ordinal);
  }

  public static String text(SourceKey key) {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.putLong(key.source()).putLong(key.high()).putLong(key.low());
    return HEX.formatHex(bytes.array());
  }

  public static Optional<SourceKey> parse(String text) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(HEX.parseHex(text));
      return bytes.remaining() == BYTES
          ? Optional.of(new SourceKey(bytes.getLong(), bytes.getLong(), bytes.getLong()))
          : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static SourceKey of(long source, ByteBuffer digest) {
    return new SourceKey(source, digest.getLong(), digest.getLong());
  }

  private static ByteBuffer digest(byte[] bytes) {
    return ByteBuffer.wrap(sha256().digest(bytes));
  }
}
