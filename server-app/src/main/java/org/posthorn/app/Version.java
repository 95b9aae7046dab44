package org.posthorn.app;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/// The version of the program, as Maven wrote it into the build.
public final class Version {
  private Version() {}

  public static String text() {
    try (InputStream stream = Version.class.getResourceAsStream("/posthorn.properties")) {
      if (stream == null) {
        return "unknown";
      }
      var properties = new Properties();
      properties.load(stream);
      return properties.getProperty("version", "unknown");
    } catch (IOException _) {
      return "unknown";
    }
  }
}
