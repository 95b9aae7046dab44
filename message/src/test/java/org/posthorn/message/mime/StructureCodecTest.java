package org.posthorn.message.mime;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class StructureCodecTest {
  private static final String SAMPLE =
      """
      From: Ann <ann@example.org>, friends:;
      To: <@old.example:bob@example.net>
      Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=
      Message-ID: <1@example.org>
      References: <0@example.net>
      Content-Type: multipart/mixed; boundary=b

      --b

      Grüße
      --b
      Content-Type: application/x-own; name*=utf-8''%e2%82%ac
      Content-Disposition: attachment; filename=a.own
      Content-ID: <2@example.org>
      Content-Language: de, en
      Content-Transfer-Encoding: base64

      QQ==
      --b--
      """;

  /// What version 1 wrote when it was new. Stored mail looks like this for ever: this text never
  /// changes, a new version gets a sample of its own.
  private static final String VERSION_1 =
      """
      01c103084772c3bcc39f650102103c31406578616d706c652e6f72673e103c30406578616d706c65
      2e6e65743e00d901e8010c040109626f756e6461727902620002001c3d3f7574662d383f513f4772
      3d43333d42433d43333d3946653f3d0304416e6e0004616e6e0c6578616d706c652e6f7267000008
      667269656e64730000000000000001000d406f6c642e6578616d706c6504626f620c6578616d706c
      652e6e6574000000103c31406578616d706c652e6f72673e02050207000101086368617273657409
      75732d617363696900000015c6010400000c6170706c69636174696f6e06782d6f776e01056e616d
      6504e282ac07626173653634050b6174746163686d656e74010966696c656e616d6506612e6f776e
      103c32406578616d706c652e6f72673e0000000203646503656e00
      """;

  private static final String VERSION_2 =
      """
      02c103084772c3bcc39f650101103c30406578616d706c65
      2e6e65743e00d901e8010c040109626f756e6461727902620002001c3d3f7574662d383f513f4772
      3d43333d42433d43333d3946653f3d0304416e6e0004616e6e0c6578616d706c652e6f7267000008
      667269656e64730000000000000001000d406f6c642e6578616d706c6504626f620c6578616d706c
      652e6e6574000000103c31406578616d706c652e6f72673e02050207000101086368617273657409
      75732d617363696900000015c6010400000c6170706c69636174696f6e06782d6f776e01056e616d
      6504e282ac07626173653634050b6174746163686d656e74010966696c656e616d6506612e6f776e
      103c32406578616d706c652e6f72673e0000000203646503656e00
      """;

  @Test
  void readsWhatTheFirstVersionWrote() {
    byte[] stored = HexFormat.of().parseHex(VERSION_1.replaceAll("\\s", ""));

    assertThat(StructureCodec.decode(stored)).isEqualTo(StructureScanner.scan(sample()));
  }

  @Test
  void readsAndWritesTheSecondVersion() {
    byte[] stored = HexFormat.of().parseHex(VERSION_2.replaceAll("\\s", ""));

    assertThat(StructureCodec.decode(stored)).isEqualTo(StructureScanner.scan(sample()));
    assertThat(HexFormat.of().formatHex(StructureCodec.encode(StructureScanner.scan(sample()))))
        .isEqualTo(HexFormat.of().formatHex(stored));
  }

  /// The first programs left parts out for want of room, and a long structure of theirs may be one
  /// of those.
  @Test
  void aLongStructureOfTheFirstProgramsMayLackParts() {
    byte[] none = StructureCodec.encode(StructureScanner.scan(sample()));
    String parts = "--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n".repeat(1_000);
    MessageStructure many =
        StructureScanner.scan(
            ("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + "--b--\r\n")
                .getBytes(StandardCharsets.UTF_8));
    byte[] whole = StructureCodec.encode(many);

    assertThat(StructureCodec.decode(whole)).isEqualTo(many);
    assertThat(many.root().children()).hasSize(1_000);
    assertThat(StructureCodec.mayLack(whole, many)).isFalse();
    assertThat(StructureCodec.mayLack(none, StructureCodec.decode(none))).isFalse();
    byte[] before = whole.clone();
    before[0] = 2;
    assertThat(StructureCodec.mayLack(before, many)).isTrue();
    assertThat(StructureCodec.decode(before)).isEqualTo(many);
  }

  /// The first programs had no preview of a multipart in which they found no part.
  @Test
  void aMultipartWithoutPartsMayLackItsPreview() {
    MessageStructure now =
        StructureScanner.scan(
            "Content-Type: multipart/mixed\r\n\r\nHello\r\n".getBytes(StandardCharsets.UTF_8));
    var before =
        new MessageStructure(
            now.sizeBytes(), now.root(), "", now.hasAttachment(), now.references());

    assertThat(now.preview()).isEqualTo("Hello");
    assertThat(StructureCodec.mayLack(StructureCodec.encode(now), now)).isFalse();
    assertThat(StructureCodec.mayLack(StructureCodec.encode(before), before)).isTrue();
  }

  @Test
  void keepsTheOrderOfReferences() {
    byte[] message =
        "Message-ID: <5@x>\r\nIn-Reply-To: <2@x> <4@x>\r\nReferences: <1@x> <2@x> <3@x> <4@x>\r\n\r\n"
            .getBytes(StandardCharsets.UTF_8);

    MessageStructure structure = StructureScanner.scan(message);

    assertThat(structure.references()).containsExactly("<1@x>", "<2@x>", "<3@x>", "<4@x>");
    assertThat(structure.related()).containsExactly("<5@x>", "<2@x>", "<4@x>", "<1@x>", "<3@x>");
    assertThat(StructureCodec.decode(StructureCodec.encode(structure))).isEqualTo(structure);
  }

  @Test
  void keepsTheFirstAndTheLastOfVeryManyReferences() {
    String many =
        IntStream.rangeClosed(1, 200).mapToObj(i -> "<" + i + "@x>").collect(joining("\r\n "));
    byte[] message = ("References: " + many + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);

    List<String> kept = StructureScanner.scan(message).references();

    assertThat(kept).hasSize(40).startsWith("<1@x>", "<162@x>").endsWith("<199@x>", "<200@x>");
  }

  @Test
  void refusesANewerVersionAndDamage() {
    byte[] stored = StructureCodec.encode(StructureScanner.scan(sample()));
    byte[] newer = stored.clone();
    newer[0] = 4;

    assertThatIllegalArgumentException()
        .isThrownBy(() -> StructureCodec.decode(newer))
        .withMessageContaining("version 4");
    for (int length = 0; length < stored.length; length++) {
      byte[] cut = Arrays.copyOf(stored, length);
      assertThatIllegalArgumentException().isThrownBy(() -> StructureCodec.decode(cut));
    }
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = stored.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      try {
        assertThat(StructureCodec.decode(damaged)).isNotNull();
      } catch (IllegalArgumentException refused) {
        assertThat(refused.getMessage()).isNotEmpty();
      }
    }
  }

  @Test
  void foldsWhatIsTooLarge() {
    Part leaf = part(0, Optional.of("i".repeat(30_000)), List.of());
    Part wide =
        part(0, Optional.of("d".repeat(3_000_000)), java.util.Collections.nCopies(50, leaf));
    Part root =
        new Part(
            0,
            0,
            10,
            0,
            "multipart",
            "mixed",
            Map.of("x", "y".repeat(3_000_000)),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.of(
                new Envelope(
                    Optional.empty(),
                    Optional.of("s".repeat(3_000_000)),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    Optional.empty())),
            List.of(wide, leaf, leaf));

    byte[] encoded = StructureCodec.encode(new MessageStructure(10, root, "", false, List.of()));

    assertThat(encoded.length).isLessThanOrEqualTo(StructureCodec.BYTES_MAX);
    assertThat(StructureCodec.decode(encoded).envelope().subject().orElseThrow()).startsWith("sss");
  }

  private static Part part(long start, Optional<String> id, List<Part> children) {
    return new Part(
        start,
        start,
        10,
        0,
        "text",
        "plain",
        Map.of(),
        id,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        children);
  }

  private static byte[] sample() {
    return SAMPLE.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
  }
}
