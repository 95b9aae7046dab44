package org.posthorn.storage.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataFolderTest {
  @TempDir private Path folder;

  @Test
  void readsFilesByTheirNamesThereAndElsewhere() throws IOException {
    var data = new DataFolder(folder);
    Files.createDirectories(folder.resolve("keys/deep"));
    Path file = Files.writeString(folder.resolve("keys/a.pem"), "secret  \nmore");
    assertThat(data.read("keys/a.pem")).asString().startsWith("secret");
    assertThat(data.read(file.toString())).asString().startsWith("secret");
    assertThat(data.firstLine("keys/a.pem")).isEqualTo("secret");
    assertThat(data.list("keys")).containsExactly(file.toString());
    assertThat(data.list("keys/a.pem")).containsExactly("keys/a.pem");
    assertThat(data.changed("keys/a.pem")).isEqualTo(Files.getLastModifiedTime(file).toInstant());
  }

  @Test
  void saysWhichFileIsMissingOrEmpty() throws IOException {
    var data = new DataFolder(folder);
    assertThatThrownBy(() -> data.read("none")).hasMessageContaining("no file " + folder);
    assertThatThrownBy(() -> data.changed("none")).hasMessageContaining("no file " + folder);
    Files.writeString(folder.resolve("empty"), "\n");
    assertThatThrownBy(() -> data.firstLine("empty")).hasMessageContaining("nothing in the first");
  }
}
