package org.posthorn.mailets.smime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// The program `openssl`, as somebody else's S/MIME; a test that needs it is skipped where it is
/// missing. Works in one folder.
record OpenSsl(Path folder) {
  record Result(int status, String out, String err) {}

  static OpenSsl in(Path folder) {
    var openssl = new OpenSsl(folder);
    try {
      Assumptions.assumeTrue(openssl.run("version").status == 0, "openssl does not run");
    } catch (UncheckedIOException _) {
      Assumptions.abort("openssl is not installed: apt-get install openssl");
    }
    return openssl;
  }

  Result run(String... arguments) {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(Arrays.asList(arguments));
    try {
      Path out = folder.resolve("openssl.out");
      Path err = folder.resolve("openssl.err");
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("openssl hangs");
      }
      return new Result(
          process.exitValue(),
          java.nio.file.Files.readString(out, StandardCharsets.ISO_8859_1),
          java.nio.file.Files.readString(err, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
