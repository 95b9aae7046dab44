package org.posthorn.mailet.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import org.posthorn.app.ChainTrial;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.PluginFactory;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// A chain with everything around it in memory. Used by one thread.
///
/// [MailetTest] makes one; without JUnit, `ChainUnderTest.settings(Here.class).ofFile(path)`.
public final class ChainUnderTest {
  private final Class<?> place;
  private final ChainTrial trial;

  private ChainUnderTest(Class<?> place, ChainTrial trial) {
    this.place = place;
    this.trial = trial;
  }

  /// What a chain is opened with. `place` is the class beside which files are looked for.
  public record Settings(Class<?> place, List<String> all) {
    public Settings {
      all = List.copyOf(all);
    }

    public Settings with(List<String> more) {
      var settings = new ArrayList<>(all);
      settings.addAll(more);
      return new Settings(place, settings);
    }

    /// The chain in a file. Throws what says which line is wrong, and why.
    public ChainUnderTest ofFile(Path file) {
      try {
        Path folder = Files.createTempDirectory("posthorn-chain");
        try {
          return ofFile(file, folder);
        } finally {
          Files.delete(folder);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /// The chain in a file, with the data directory from which the names of files in it count.
    public ChainUnderTest ofFile(Path file, Path data) {
      try {
        return new ChainUnderTest(place, ChainTrial.open(file, data, all, mailets(), matchers()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /// See [MailetTest#steps].
    public ChainUnderTest ofSteps(String steps) {
      String lines = steps.strip();
      String written = lines.startsWith("{") ? "[" + lines + "]" : lines;
      try {
        Path file = Files.createTempFile("posthorn-steps", ".yaml");
        try {
          Files.writeString(file, onlyRoot(written));
          return ofFile(file);
        } finally {
          Files.delete(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static String onlyRoot(String steps) {
      return """
      root:
        steps:
      %s
        at-end: keep
      bounces: {at-end: keep}
      dead-letters: {at-end: keep}
      """
          .formatted(steps.indent(4).stripTrailing());
    }

    private List<MailetFactory<?>> mailets() {
      List<MailetFactory<?>> found = new ArrayList<>();
      ServiceLoader.load(MailetFactory.class, place.getClassLoader()).forEach(found::add);
      return found;
    }

    private List<MatcherFactory<?>> matchers() {
      List<MatcherFactory<?>> found = new ArrayList<>();
      ServiceLoader.load(MatcherFactory.class, place.getClassLoader()).forEach(found::add);
      return found;
    }
  }

  public static Settings settings(Class<?> place) {
    return new Settings(place, List.of());
  }

  /// The mailets and matchers that ship.
  List<PluginFactory<?>> shipped() {
    return trial.shipped();
  }

  /// Somebody who has a mailbox; the domain becomes one of the server.
  public ChainUnderTest users(String... addresses) {
    Arrays.stream(addresses).map(MailAddress::of).forEach(trial::user);
    return this;
  }

  /// Domains of the server in which nobody need live.
  public ChainUnderTest domains(String... names) {
    Arrays.stream(names).map(Domain::of).forEach(trial::domain);
    return this;
  }

  /// As `info@example.org = ann@example.org, eve@example.net`.
  public ChainUnderTest alias(String line) {
    String[] sides = line.split("=", 2);
    if (sides.length != 2) {
      throw new IllegalArgumentException("An alias is written as address = target, target");
    }
    trial.alias(
        MailAddress.of(sides[0].strip()),
        Arrays.stream(sides[1].split(",", -1)).map(String::strip).map(MailAddress::of).toList());
    return this;
  }

  /// A mailing list with the standard settings, and its members.
  public ChainUnderTest list(String address, String... members) {
    trial.list(MailAddress.of(address), Arrays.stream(members).map(MailAddress::of).toList());
    return this;
  }

  /// One of the [#users] is away and has mail answered (the mailet `AwayAnswer`).
  public ChainUnderTest away(String user, String subject, String text) {
    trial.away(MailAddress.of(user), subject, text);
    return this;
  }

  /// A message in a file: beside the test class among the resources, or from the project's root.
  public Passage take(String file) {
    return take(ChainParameter.find(place, file));
  }

  public Passage take(Path file) {
    try {
      return new Passage(trial, crlf(Files.readString(file, StandardCharsets.ISO_8859_1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A message that is written in the test, in UTF-8; line ends of either kind.
  public Passage takeText(String message) {
    return new Passage(
        trial,
        crlf(new String(message.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)));
  }

  private static byte[] crlf(String bytes) {
    return bytes.replace("\r\n", "\n").replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }
}
