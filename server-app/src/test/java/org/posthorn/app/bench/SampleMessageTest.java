package org.posthorn.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
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

  @Test
  void sizesAreAsTheyCome() {
    var sample = new SampleMessage(1_000, 1_000_000);
    List<Integer> sizes =
        IntStream.range(0, 200).mapToObj(_ -> sample.next("ann@example.org").length).toList();
    assertThat(sizes).allSatisfy(size -> assertThat(size).isBetween(990, 1_000_000));
    assertThat(sizes).anyMatch(size -> size < 10_000).anyMatch(size -> size > 100_000);
  }
}
