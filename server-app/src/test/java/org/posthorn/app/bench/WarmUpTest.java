package org.posthorn.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
  @TempDir private Path directory;

  @Test
  void eachDriverGetsThroughTheTwoServersAndTheMailIsThere() throws Exception {
    WarmUp.in(directory, 200);
    assertThat(directory.resolve("home")).isDirectoryContaining("glob:**store");
    assertThat(directory.resolve("gateway")).isDirectoryContaining("glob:**store");
  }
}
