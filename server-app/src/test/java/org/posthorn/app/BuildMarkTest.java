package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two builds are the same when what is in them is.
class BuildMarkTest {
  @TempDir private Path lib;

  @Test
  void isOfWhatIsInTheJarsAndNotOfTheirTimes() throws IOException {
    assertThat(BuildMark.of(lib)).isEmpty();
    jar("posthorn-server-1.jar", "one", 1);
    Optional<String> first = BuildMark.of(lib);
    assertThat(first).hasValueSatisfying(mark -> assertThat(mark).matches("[0-9a-f]{8}"));
    jar("posthorn-server-1.jar", "one", 2);
    jar("picocli-4.jar", "of others", 2);
    assertThat(BuildMark.of(lib)).isEqualTo(first);
    jar("posthorn-server-1.jar", "two", 1);
    assertThat(BuildMark.of(lib)).isPresent().isNotEqualTo(first);
  }

  @Test
  void ofAProgramThatIsBeingReplacedThereIsNone() throws IOException {
    Files.writeString(lib.resolve("posthorn-server-1.jar"), "half a jar");
    assertThat(BuildMark.of(lib)).isEmpty();
    assertThat(BuildMark.of(lib.resolve("gone"))).isEmpty();
  }

  private void jar(String name, String text, int time) throws IOException {
    try (var zip = new ZipOutputStream(Files.newOutputStream(lib.resolve(name)))) {
      ZipEntry entry = new ZipEntry("A.class").setLastModifiedTime(FileTime.fromMillis(time));
      zip.putNextEntry(entry);
      zip.write(text.getBytes(UTF_8));
    }
  }
}
