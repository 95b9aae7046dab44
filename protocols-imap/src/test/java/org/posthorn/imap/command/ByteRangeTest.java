package org.posthorn.imap.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureScanner;

/// Section numbers (RFC 3501 §6.4.5) on random trees of parts, compared with what was put together.
class ByteRangeTest {
  private int boundaries;

  /// A part as it was made: its header with the empty line, and its body.
  private record Made(String header, String body, Kind kind, List<Made> inside) {
    String all() {
      return header + body;
    }
  }

  private enum Kind {
    TEXT,
    MULTIPART,
    MESSAGE
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void findsEverySectionOfRandomMessages(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      Made message = message(random, 4);
      Map<String, String> expected = new TreeMap<>();
      expected.put("", message.all());
      sections(message, "", expected);
      compare(message.all(), expected, seed);
    }
  }

  private static void compare(String text, Map<String, String> expected, long seed) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    var scanner = new StructureScanner();
    scanner.update(bytes, 0, bytes.length);
    MessageStructure structure = scanner.finish();
    expected.forEach((section, wanted) ->
        assertThat(ByteRange.of(structure, item(section)).map(range -> cut(text, range)))
            .as("seed " + seed + ", [" + section + "] of\n" + text)
            .contains(wanted));
    for (String path : List.copyOf(expected.keySet())) {
      String beyond = path.isEmpty() ? "99" : path.replaceFirst("(\\.?[A-Z]+)?$", ".99");
      assertThat(ByteRange.of(structure, item(beyond))).as(beyond + " of\n" + text).isEmpty();
    }
  }

  private static void sections(Made message, String prefix, Map<String, String> expected) {
    expected.put(prefix + "HEADER", message.header);
    expected.put(prefix + "TEXT", message.body);
    if (message.kind == Kind.MULTIPART) {
      numbered(message.inside, prefix, expected);
    } else {
      part(message, prefix + "1", expected);
    }
  }

  private static void numbered(List<Made> parts, String prefix, Map<String, String> expected) {
    for (int i = 0; i < parts.size(); i++) {
      part(parts.get(i), prefix + (i + 1), expected);
    }
  }

  private static void part(Made part, String path, Map<String, String> expected) {
    expected.put(path, part.body);
    expected.put(path + ".MIME", part.header);
    switch (part.kind) {
      case TEXT -> {}
      case MULTIPART -> numbered(part.inside, path + ".", expected);
      case MESSAGE -> sections(part.inside.getFirst(), path + ".", expected);
    }
  }

  private Made message(Random random, int depth) {
    return made(random, depth, "Subject: " + random.nextInt(1000) + "\r\n");
  }

  private Made made(Random random, int depth, String header) {
    int kind = depth == 0 ? 0 : random.nextInt(4);
    if (kind <= 1) {
      String type = kind == 0 ? "" : "Content-Type: text/html\r\n";
      return new Made(header + type + "\r\n", text(random), Kind.TEXT, List.of());
    }
    if (kind == 2) {
      Made inner = message(random, depth - 1);
      String type = "Content-Type: message/rfc822\r\n";
      return new Made(header + type + "\r\n", inner.all(), Kind.MESSAGE, List.of(inner));
    }
    String boundary = "b" + ++boundaries;
    var body = new StringBuilder(random.nextBoolean() ? "preamble\r\n" : "");
    List<Made> parts = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      String partHeader = random.nextBoolean() ? "Content-ID: <" + i + ">\r\n" : "";
      Made part = made(random, depth - 1, partHeader);
      parts.add(part);
      body.append("--").append(boundary).append("\r\n").append(part.all()).append("\r\n");
    }
    body.append("--").append(boundary).append("--").append(random.nextBoolean() ? "\r\nend" : "");
    String type = "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n";
    return new Made(header + type + "\r\n", body.toString(), Kind.MULTIPART, parts);
  }

  private static String text(Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      text.append("line ").append(random.nextInt(100)).append("\r\n");
    }
    return text.append(random.nextBoolean() ? "last" : "").toString();
  }

  private static String cut(String text, ByteRange range) {
    return text.substring((int) range.start(), (int) range.end());
  }

  private static FetchItem.Bytes item(String section) {
    List<Integer> part = new ArrayList<>();
    var text = FetchItem.Text.ALL;
    for (String word : section.split("\\.", -1)) {
      if (word.matches("\\d+")) {
        part.add(Integer.valueOf(word));
      } else if (!word.isEmpty()) {
        text = FetchItem.Text.valueOf(word);
      }
    }
    return new FetchItem.Bytes(part, text, List.of(), Optional.empty(), false, "");
  }

  @Test
  void cutsWithinTheSection() {
    var range = new ByteRange(10, 20);
    assertThat(range.cut(new FetchItem.Partial(0, 5))).isEqualTo(new ByteRange(10, 15));
    assertThat(range.cut(new FetchItem.Partial(8, 5))).isEqualTo(new ByteRange(18, 20));
    assertThat(range.cut(new FetchItem.Partial(0xFFFF_FFFFL, 0xFFFF_FFFFL)))
        .isEqualTo(new ByteRange(20, 20));
    assertThat(Arrays.asList(range.length(), new ByteRange(3, 3).length()))
        .containsExactly(10L, 0L);
  }
}
