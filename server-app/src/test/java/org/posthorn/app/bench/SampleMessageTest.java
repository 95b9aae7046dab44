package org.posthorn.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureScanner;

final class SampleMessageTest {
  @ParameterizedTest
  @ValueSource(ints = {1_024, 10_240, 102_400, 1_048_576})
  void hasItsSizeAndIsSoundMime(int sizeBytes) throws IOException {
    var sample = new SampleMessage(sizeBytes);
    byte[] first = sample.next("ann@example.org");
    assertThat(first.length).isBetween(sizeBytes - 8, sizeBytes);
    assertThat(sample.next("ann@example.org")).isNotEqualTo(first);
    MessageStructure structure = StructureScanner.scan(new ByteArrayInputStream(first));
    assertThat(structure.root().children()).hasSize(sizeBytes > 32_768 ? 2 : 0);
  }
}
