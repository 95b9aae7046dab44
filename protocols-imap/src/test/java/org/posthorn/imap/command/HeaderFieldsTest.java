package org.posthorn.imap.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderFieldsTest {
  private static String keep(String header, boolean except, String... fields) throws IOException {
    var bytes = new ByteArrayInputStream(header.getBytes(StandardCharsets.ISO_8859_1));
    try (var kept = new HeaderFields(bytes, List.of(fields), except)) {
      return new String(kept.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void keepsFieldsWithTheirContinuations() throws IOException {
    String header = "A: 1\r\n 2\r\nB : 3\r\n\tx\r\na: 4\r\n\r\n";
    assertThat(keep(header, false, "A")).isEqualTo("A: 1\r\n 2\r\na: 4\r\n\r\n");
    assertThat(keep(header, true, "a")).isEqualTo("B : 3\r\n\tx\r\n\r\n");
    assertThat(keep(header, false, "b")).isEqualTo("B : 3\r\n\tx\r\n\r\n");
    assertThat(keep(header, false, "c")).isEqualTo("\r\n");
  }

  @Test
  void standsOddHeaders() throws IOException {
    assertThat(keep("", false, "A")).isEqualTo("\r\n");
    assertThat(keep("A: no end", false, "A")).isEqualTo("A: no end\r\n");
    assertThat(keep("no colon\r\nA: b\nC: d\n\n", true, "C")).isEqualTo("no colon\r\nA: b\n\r\n");
    assertThat(keep("A".repeat(5000) + ": x\r\nB: y\r\n\r\n", false, "B"))
        .isEqualTo("B: y\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void keepsEveryWantedLineWhereverTheBytesAreCut(long seed) throws IOException {
    var random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      var header = new StringBuilder();
      var expected = new StringBuilder();
      for (int j = random.nextInt(30); j > 0; j--) {
        String name = List.of("From", "To", "X-Long", "Fro", "FROM").get(random.nextInt(5));
        String field = name + ": " + "v".repeat(random.nextInt(200)) + "\r\n";
        if (random.nextInt(3) == 0) {
          field += "  folded " + "w".repeat(random.nextInt(3000)) + "\r\n";
        }
        header.append(field);
        expected.append(name.equalsIgnoreCase("from") || name.equals("To") ? field : "");
      }
      header.append("\r\n");
      expected.append("\r\n");
      var bytes = new ByteArrayInputStream(header.toString().getBytes(StandardCharsets.US_ASCII));
      List<byte[]> pieces = new ArrayList<>();
      int total = 0;
      try (var kept = new HeaderFields(bytes, List.of("from", "TO"), false)) {
        byte[] piece = new byte[1 + random.nextInt(50)];
        for (int n = kept.read(piece); n >= 0; n = kept.read(piece)) {
          pieces.add(Arrays.copyOf(piece, n));
          total += n;
        }
      }
      var all = new StringBuilder(total);
      pieces.forEach(p -> all.append(new String(p, StandardCharsets.US_ASCII)));
      assertThat(all.toString()).as("seed " + seed).isEqualTo(expected.toString());
    }
  }
}
