package org.posthorn.message.mime;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Mail made to cost memory or time, or to break a parser. Whatever comes, there is a structure, it
/// can be stored, and it is the same however the bytes are cut.
final class HostileMailTest {
  /// Generous, since the machine may be busy; quadratic time would be minutes.
  private static final Duration TIME_MAX = Duration.ofSeconds(30);

  @Test
  void readsTwoThousandNestedMultiparts() {
    StringBuilder message = new StringBuilder("Content-Type: multipart/mixed; boundary=b0\r\n\r\n");
    for (int i = 0; i < 2_000; i++) {
      message.append("--b").append(i).append("\r\nContent-Type: multipart/mixed; boundary=b");
      message.append(i + 1).append("\r\n\r\n");
    }

    MessageStructure structure = withinTime(message.toString());

    assertThat(depth(structure.root())).isBetween(50, StructureScanner.DEPTH_MAX);
  }

  @Test
  void readsTwoThousandNestedMessages() {
    MessageStructure structure =
        withinTime("Content-Type: message/rfc822\r\nSubject: x\r\n\r\n".repeat(2_000));

    assertThat(depth(structure.root())).isBetween(50, StructureScanner.DEPTH_MAX);
  }

  @Test
  void readsAHundredThousandHeaderFields() {
    withinTime("X-Field: something\r\n".repeat(100_000) + "Subject: found\r\n\r\nbody\r\n");
    MessageStructure structure =
        withinTime("Subject: one of many\r\n".repeat(100_000) + "\r\nbody\r\n");

    assertThat(structure.envelope().subject()).contains("one of many");
    assertThat(structure.preview()).isEqualTo("body");
  }

  @Test
  void readsFieldsOfAMegabyte() {
    String many = "ann@example.org, ".repeat(70_000);
    MessageStructure structure =
        withinTime(
            "Subject: "
                + "x".repeat(1_000_000)
                + "\r\nTo: "
                + many
                + "\r\nCc: "
                + many
                + "\r\nReferences: "
                + "<a@b> ".repeat(150_000)
                + "\r\nContent-Type: text/plain; "
                + "x*0=y; ".repeat(100_000)
                + "\r\n\r\nbody\r\n");

    assertThat(structure.envelope().subject().orElseThrow()).hasSize(4095);
    assertThat(structure.envelope().to()).hasSizeGreaterThan(800);
    assertThat(structure.preview()).isEqualTo("body");
  }

  @Test
  void readsAMillionLinesThatLookLikeDelimiters() {
    String header = "Content-Type: multipart/mixed; boundary=\"" + "-".repeat(60) + "b\"\r\n\r\n";
    String delimiter = "--" + "-".repeat(60) + "b\r\n";

    MessageStructure structure =
        withinTime(header + delimiter + "\r\n" + ("-".repeat(62) + "\r\n").repeat(1_000_000));

    assertThat(structure.root().children()).hasSize(1);
  }

  /// Of parts that are too many, the last that is told is whole, and has nothing of the others.
  @Test
  void leavesOutPartsThatAreTooMany() {
    String header = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    String inner = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\ny\r\n";

    MessageStructure structure =
        withinTime(header + "--b\r\n\r\nx\r\n".repeat(500_000) + "--b--\r\n");
    MessageStructure nested =
        withinTime(header + "--b\r\n\r\nx\r\n" + inner.repeat(100_000) + "--b--\r\n");

    assertThat(structure.root().children()).hasSizeBetween(1_000, 3_000);
    assertThat(structure.root().children()).allMatch(part -> part.bodyBytes() == 1);
    assertThat(structure.root().bodyBytes()).isGreaterThan(4_000_000);
    assertThat(nested.parts()).filteredOn(part -> !part.isMultipart()).hasSizeGreaterThan(200);
    assertThat(nested.parts().subList(1, nested.parts().size()))
        .allMatch(part -> part.bodyBytes() == 1 || part.bodyBytes() == 8);
  }

  /// A structure is small in memory too, whatever it is of.
  @Test
  void keepsOnlySoManyAddressesAndParameters() {
    String many = "a,".repeat(50_000);
    MessageStructure addresses =
        withinTime(
            "To: " + many + "\r\nCc: " + many + "\r\nBcc: " + many + "\r\nTo: a,\r\n\r\nbody\r\n");
    MessageStructure parameters =
        withinTime(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                + ("--b\r\nContent-Type: a/b"
                        + IntStream.range(0, 90).mapToObj(i -> ";a" + i + "=b").collect(joining())
                        + "\r\n\r\n")
                    .repeat(3_000));

    assertThat(addresses.envelope().to().size() + addresses.envelope().cc().size())
        .isBetween(1_000, 3_000);
    assertThat(parameters.parts().stream().mapToInt(part -> part.parameters().size()).sum())
        .isBetween(1_000, 4_000);
  }

  @Test
  void keepsOnlySoMuchOfManyLongFields() {
    String part =
        "--b\r\nContent-Type: application/x; name=\""
            + "n".repeat(3_000)
            + "\"\r\nContent-ID: "
            + "i".repeat(900)
            + "\r\nContent-Description: "
            + "ü".repeat(400)
            + "\r\n\r\nx\r\n";

    MessageStructure structure =
        withinTime("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part.repeat(1_000));

    assertThat(structure.root().children()).hasSizeGreaterThan(8);
  }

  @Test
  void givesTheSameForAnyBytesHoweverTheyAreCut() {
    for (long seed = 0; seed < 2_000; seed++) {
      byte[] bytes = mutated(seed);

      MessageStructure whole = StructureScanner.scan(bytes);

      assertThat(inPieces(bytes, _ -> 1)).as("seed %d, byte by byte", seed).isEqualTo(whole);
      Random sizes = new Random(seed);
      assertThat(inPieces(bytes, _ -> 1 + sizes.nextInt(100)))
          .as("seed %d, in pieces", seed)
          .isEqualTo(whole);
      assertWithin(whole.root(), 0, bytes.length);
      assertThat(StructureCodec.decode(StructureCodec.encode(whole)))
          .as("seed %d, stored", seed)
          .isEqualTo(whole);
    }
  }

  @Test
  void givesTheSameForLongLinesHoweverTheyAreCut() {
    for (int length :
        new int[] {16_383, 16_384, 16_385, 102_396, 102_400, 102_460, 102_464, 102_465}) {
      for (String shape :
          new String[] {
            "%s",
            "%s\r\n\r\nbody",
            "To: %s\r\n\r\nbody",
            "Subject:\r\n %s\r\n\r\nbody",
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--%s\r\ny"
          }) {
        for (String filler : new String[] {"a", " ", "ü", "\r", "<"}) {
          byte[] bytes = shape.formatted(filler.repeat(length)).getBytes(StandardCharsets.UTF_8);

          assertThat(inPieces(bytes, _ -> 1_000)).isEqualTo(StructureScanner.scan(bytes));
        }
      }
    }
  }

  private static MessageStructure withinTime(String message) {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    long start = System.nanoTime();
    MessageStructure structure = StructureScanner.scan(bytes);
    byte[] encoded = StructureCodec.encode(structure);
    Duration taken = Duration.ofNanos(System.nanoTime() - start);

    assertThat(taken).isLessThan(TIME_MAX);
    assertThat(encoded.length).isLessThanOrEqualTo(StructureCodec.BYTES_MAX);
    assertThat(StructureCodec.decode(encoded)).isEqualTo(structure);
    assertWithin(structure.root(), 0, bytes.length);
    return structure;
  }

  private static void assertWithin(Part part, long from, long to) {
    assertThat(part.headerStart()).isGreaterThanOrEqualTo(from);
    assertThat(part.bodyStart()).isGreaterThanOrEqualTo(part.headerStart());
    assertThat(part.bodyEnd()).isBetween(part.bodyStart(), to);
    long next = part.bodyStart();
    for (Part child : part.children()) {
      assertWithin(child, next, part.bodyEnd());
      next = child.bodyEnd();
    }
  }

  private static int depth(Part part) {
    return 1 + part.children().stream().mapToInt(HostileMailTest::depth).max().orElse(0);
  }

  private static MessageStructure inPieces(byte[] bytes, IntFunction<Integer> size) {
    StructureScanner scanner = new StructureScanner();
    for (int at = 0; at < bytes.length; ) {
      int count = Math.min(size.apply(at), bytes.length - at);
      scanner.update(Arrays.copyOfRange(bytes, at, at + count), 0, count);
      at += count;
    }
    return scanner.finish();
  }

  /// Random bytes, or a mail with some bytes changed, doubled or lost.
  private static byte[] mutated(long seed) {
    Random random = new Random(seed);
    byte[] bytes =
        seed % 8 == 0
            ? new byte[random.nextInt(300)]
            : new RandomMail(seed).message().getBytes(StandardCharsets.UTF_8);
    if (seed % 8 == 0) {
      random.nextBytes(bytes);
      return bytes;
    }
    String breakers = "\r\n-: \t\"<>(;,=*?\0b";
    for (int i = random.nextInt(20); i > 0 && bytes.length > 1; i--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at] = (byte) breakers.charAt(random.nextInt(breakers.length()));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        default -> {
          int from = Math.min(at, random.nextInt(bytes.length));
          byte[] shorter = new byte[bytes.length - (at - from)];
          System.arraycopy(bytes, 0, shorter, 0, from);
          System.arraycopy(bytes, at, shorter, from, bytes.length - at);
          bytes = shorter;
        }
      }
    }
    return bytes;
  }
}
