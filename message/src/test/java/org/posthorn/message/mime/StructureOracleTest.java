package org.posthorn.message.mime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.junit.jupiter.api.Test;

/// Our structure of random well-formed mail beside that of mime4j.
final class StructureOracleTest {
  private static final MimeConfig NO_LIMITS =
      new MimeConfig.Builder().setMaxLineLen(-1).setMaxHeaderLen(-1).setMaxHeaderCount(-1).build();

  @Test
  void seesWhatMime4jSees() throws Exception {
    for (long seed = 0; seed < 3_000; seed++) {
      byte[] message = new RandomMail(seed).message().getBytes(StandardCharsets.UTF_8);

      List<String> ours = new ArrayList<>();
      outline(message, StructureScanner.scan(message).root(), 0, ours);

      assertThat(ours).as("seed %d", seed).isEqualTo(theirs(message));
    }
  }

  private static void outline(byte[] message, Part part, int depth, List<String> out) {
    String indent = " ".repeat(depth);
    if (part.isMessage()) {
      out.add(indent + "message");
      outline(message, part.children().getFirst(), depth + 1, out);
      return;
    }
    out.add(indent + part.type() + "/" + part.subtype());
    if (!part.isMultipart()) {
      out.add(
          indent + sum(Arrays.copyOfRange(message, (int) part.bodyStart(), (int) part.bodyEnd())));
    }
    part.children().forEach(child -> outline(message, child, depth + 1, out));
  }

  private static List<String> theirs(byte[] message) throws IOException, MimeException {
    MimeTokenStream stream = new MimeTokenStream(NO_LIMITS);
    stream.parse(new ByteArrayInputStream(message));
    List<String> out = new ArrayList<>();
    int depth = 0;
    int messages = 0;
    for (EntityState state = stream.getState();
        state != EntityState.T_END_OF_STREAM;
        state = stream.next()) {
      String indent = " ".repeat(depth);
      switch (state) {
        case T_START_MULTIPART -> out.add(indent + stream.getBodyDescriptor().getMimeType());
        case T_START_BODYPART -> depth++;
        case T_END_BODYPART, T_END_MESSAGE -> depth--;
        case T_START_MESSAGE -> {
          if (messages++ > 0) {
            out.add(indent + "message");
          }
          depth += messages > 1 ? 1 : 0;
        }
        case T_BODY -> {
          out.add(indent + stream.getBodyDescriptor().getMimeType());
          out.add(indent + sum(stream.getInputStream().readAllBytes()));
        }
        default -> {}
      }
    }
    return out;
  }

  private static String sum(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return bytes.length + " " + HexFormat.of().toHexDigits((int) crc.getValue());
  }
}
