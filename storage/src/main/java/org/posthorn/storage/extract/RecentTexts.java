package org.posthorn.storage.extract;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// The texts of documents that were read a moment ago: one that goes to many is read once. Bounded
/// memory; used by one thread.
final class RecentTexts {
  private static final long CHARS_MAX = 4 << 20;
  private static final int MAX = 1_000;

  private final SequencedMap<String, Extracted> texts = new LinkedHashMap<>();
  private long chars;

  /// The name of a document; empty when it has more than `maxBytes`.
  static Optional<String> name(Document document, long maxBytes) throws IOException {
    MessageDigest digest = sha256();
    long bytes = 0;
    try (InputStream in = document.open()) {
      var piece = new byte[1 << 14];
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        bytes += count;
        if (bytes > maxBytes) {
          return Optional.empty();
        }
        digest.update(piece, 0, count);
      }
    }
    return Optional.of(HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), 16)));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  Optional<Extracted> find(String name) {
    return Optional.ofNullable(texts.get(name));
  }

  void keep(String name, Extracted extracted) {
    texts.putLast(name, extracted);
    chars += extracted.text().length();
    while (chars > CHARS_MAX || texts.size() > MAX) {
      chars -= texts.pollFirstEntry().getValue().text().length();
    }
  }

  void clear() {
    texts.clear();
    chars = 0;
  }
}
