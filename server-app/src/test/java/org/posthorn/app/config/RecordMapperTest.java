package org.posthorn.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordMapperTest {
  enum Mode {
    FAST,
    VERY_SAFE
  }

  record Port(String host, int port) {
    Port {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
      }
    }

    public static Port defaults() {
      return new Port("127.0.0.1", 25);
    }
  }

  record Moved(Port front) {
    public static Map<String, String> formerKeys() {
      return Map.of("door", "front.port");
    }
  }

  record Rule(String name, Optional<String> when) {}

  record House(
      String hostname,
      boolean open,
      long messageMaxBytes,
      Duration idleTimeout,
      Mode mode,
      Optional<String> contact,
      Optional<Port> spare,
      List<String> names,
      List<Port> ports,
      Map<String, List<Rule>> rules,
      Port front) {
    static House defaults() {
      return new House(
          "localhost",
          true,
          50L << 20,
          Duration.ofMinutes(30),
          Mode.FAST,
          Optional.empty(),
          Optional.empty(),
          List.of(),
          List.of(),
          Map.of(),
          Port.defaults());
    }
  }

  @TempDir Path directory;

  @Test
  void aKeyOfAnEarlierVersionIsRefusedWithItsNewName() throws IOException {
    Path file = Files.writeString(directory.resolve("posthorn.yaml"), "a: 1\ndoor: 25\n");
    ConfigTree tree = ConfigTree.read(Optional.of(file), List.of(), _ -> null);

    var refused =
        catchThrowableOfType(
            ConfigException.class,
            () -> RecordMapper.map(tree, Moved.class, new Moved(Port.defaults())));

    assertThat(refused.problems())
        .extracting(ConfigProblem::toString)
        .anyMatch(text -> text.contains("posthorn.yaml:2") && text.contains("front.port now"));
  }

  @Test
  void nothingConfiguredMeansTheDefaults() {
    assertThat(read("").config()).isEqualTo(House.defaults());
    assertThat(read("# only a comment\n").config()).isEqualTo(House.defaults());
  }

  @Test
  void readsEveryKindOfValue() {
    House house =
        read("""
        hostname: mail.example.org
        open: false
        message-max-bytes: 10MB
        idle-timeout: 1h30m
        mode: very-safe
        contact: ~
        spare:
          port: 2525
        names: [one, two]
        ports:
          - port: 1
          - host: "::1"
            port: 2
        rules:
          first:
            - name: a
              when: no
            - name: b
        front:
          port: 26
        """)
            .config();

    assertThat(house)
        .isEqualTo(
            new House(
                "mail.example.org",
                false,
                10L << 20,
                Duration.ofMinutes(90),
                Mode.VERY_SAFE,
                Optional.empty(),
                Optional.of(new Port("127.0.0.1", 2525)),
                List.of("one", "two"),
                List.of(new Port("127.0.0.1", 1), new Port("::1", 2)),
                Map.of(
                    "first",
                    List.of(new Rule("a", Optional.of("no")), new Rule("b", Optional.empty()))),
                new Port("127.0.0.1", 26)));
  }

  @Test
  void unknownKeyNamesTheLineAndTheNearestKnownOne() {
    assertThat(problems("hostname: a\nfront:\n  prot: 26\n"))
        .containsExactly("posthorn.yaml:3: front.prot: unknown key; did you mean front.port?");
  }

  @Test
  void unknownKeyThatResemblesNothingListsWhatThereIs() {
    assertThat(problems("front:\n  colour: red\n"))
        .containsExactly("posthorn.yaml:2: front.colour: unknown key; known here: host, port");
  }

  @Test
  void wrongValueSaysWhatIsExpectedWithAnExample() {
    assertThat(
            problems(
                """
                open: yes
                message-max-bytes: fifty
                idle-timeout: 5 fortnights
                mode: slow
                front: 25
                """))
        .containsExactly(
            "posthorn.yaml:1: open: expected true or false, found \"yes\"",
            "posthorn.yaml:2: message-max-bytes: expected a size, for example 50MB, found \"fifty\"",
            "posthorn.yaml:3: idle-timeout: expected a time, for example 30s, 10m, 2h or 5d, found \"5 fortnights\"",
            "posthorn.yaml:4: mode: expected one of fast, very-safe, found \"slow\"",
            "posthorn.yaml:5: front: expected a block of keys, found \"25\"");
  }

  @Test
  void whatARecordRefusesIsReportedWithItsPlace() {
    assertThat(problems("hostname: a\nfront:\n  port: 70000\n"))
        .containsExactly("posthorn.yaml:3: front: port must be 0 to 65535, not 70000");
  }

  @Test
  void aMissingKeyOfAListItemIsNamed() {
    assertThat(problems("rules:\n  x:\n    - when: now\n"))
        .containsExactly("posthorn.yaml:3: rules.x[0].name: is missing; give a text");
  }

  @Test
  void theSameKeyTwiceIsRefused() {
    assertThat(problems("hostname: a\nhostname: b\n"))
        .containsExactly("posthorn.yaml:2: hostname: is there twice; remove one");
  }

  @Test
  void whatIsNotYamlIsRefusedWithItsLine() {
    assertThat(problems("hostname: a\n  x: [\n").getFirst())
        .startsWith("posthorn.yaml:2: not YAML");
  }

  @Test
  void assignmentsLieOverTheFile() {
    RecordMapper.Mapped<House> mapped =
        read("hostname: a\nfront:\n  host: b\n  port: 1\n", "front.port=2525", "names=[x, y]");

    assertThat(mapped.config().front()).isEqualTo(new Port("b", 2525));
    assertThat(mapped.config().names()).containsExactly("x", "y");
    assertThat(mapped.settings())
        .contains(
            new Setting("hostname", "a", "posthorn.yaml:1"),
            new Setting("front.host", "b", "posthorn.yaml:3"),
            new Setting("front.port", "2525", "--set"),
            new Setting("message-max-bytes", "50MB", "default"));
  }

  /// Of the file's list nothing is left, and no key of an entry.
  @Test
  void anAssignedListIsAllOfIt() {
    String file = "names: [x, y]\nports:\n  - host: a\n    port: 1\n";

    assertThat(read(file, "names=[]").config().names()).isEmpty();
    assertThat(read(file, "ports=[]").config().ports()).isEmpty();
    assertThat(read(file, "ports=[{port: 2}]").config().ports())
        .containsExactly(new Port("127.0.0.1", 2));
    assertThat(read("names: [x]\n", "names=[a]", "names=[b, c]").config().names())
        .containsExactly("b", "c");
  }

  @Test
  void anAssignmentOfAnUnknownKeyIsRefused() {
    assertThat(problems("", "front.prot=2525"))
        .containsExactly("--set: front.prot: unknown key; did you mean front.port?");
  }

  @Test
  void anAssignedKeyWithDotsStandsInQuotes() {
    RecordMapper.Mapped<House> mapped =
        read("names:\n", "rules.\"example.org\"=[]", "front.\"port\" = 7", "contact=a=\"b.c\"");

    assertThat(mapped.config().rules()).containsOnlyKeys("example.org");
    assertThat(mapped.config().front().port()).isEqualTo(7);
    assertThat(mapped.config().contact()).contains("a=\"b.c\"");
    assertThat(problems("", "contact.example.org=x"))
        .singleElement()
        .asString()
        .contains("contact: expected a text", "a key with dots in it stands in double quotes");
    assertThat(problems("", "contact.\"example=x"))
        .singleElement()
        .asString()
        .contains("expected key=value");
  }

  @Test
  void anAssignmentWithoutAValueIsRefused() {
    assertThat(problems("", "front.port"))
        .containsExactly(
            "--set: front.port: expected key=value, for example --set smtp.mx.port=2525");
  }

  @Test
  void secretsComeFromFilesAndTheEnvironmentAndAreNotShown() throws IOException {
    Files.writeString(directory.resolve("secret"), "hush\n");

    RecordMapper.Mapped<House> mapped =
        read("hostname: ${file:secret}\ncontact: '${env:WHO}@example.org'\n");

    assertThat(mapped.config().hostname()).isEqualTo("hush");
    assertThat(mapped.config().contact()).contains("ann@example.org");
    assertThat(mapped.settings())
        .contains(new Setting("hostname", "${file:secret}", "posthorn.yaml:1"))
        .noneMatch(setting -> setting.value().contains("hush"));
  }

  @Test
  void aSecretThatIsNotThereIsNamed() {
    assertThat(problems("hostname: ${file:nowhere}\ncontact: ${env:NOBODY}\n"))
        .containsExactly(
            "posthorn.yaml:1: hostname: there is no readable file " + directory.resolve("nowhere"),
            "posthorn.yaml:2: contact: there is no environment variable NOBODY");
  }

  @Test
  void unitsReadBackAsTheyWereWritten() {
    for (long bytes : new long[] {0, 1, 1023, 1024, 50L << 20, 3L << 40, Integer.MAX_VALUE}) {
      assertThat(Units.bytes(Units.write(bytes))).contains(bytes);
    }
    for (String time : List.of("0", "1ms", "30s", "5d", "1h30m", "1d2h3m4s5ms")) {
      assertThat(Units.write(Units.duration(time).orElseThrow())).isEqualTo(time);
    }
    assertThat(Units.bytes("12 parsecs")).isEmpty();
    assertThat(Units.bytes("9999999999TB")).isEmpty();
    assertThat(Units.duration("")).isEmpty();
    assertThat(Units.duration("5")).isEmpty();
  }

  @Test
  void aBlockThatMayBeLeftOutIsSwitchedOffByEnabledToo() {
    assertThat(read("spare:\n  port: 26\n  enabled: false\n").config().spare()).isEmpty();
    assertThat(read("spare:\n  port: 26\n", "spare.enabled=false").config().spare()).isEmpty();
    assertThat(read("spare:\n  port: 26\n  enabled: true\n").config().spare())
        .contains(new Port("127.0.0.1", 26));
    assertThat(read("spare:\n  enabled: false\n").settings())
        .contains(new Setting("spare.enabled", "false", "posthorn.yaml:2"));
    assertThat(problems("spare:\n  enabled: no\n"))
        .containsExactly("posthorn.yaml:2: spare.enabled: expected true or false, found \"no\"");
    assertThat(problems("spare:\n  enabled: false\n  prot: 1\n"))
        .containsExactly("posthorn.yaml:3: spare.prot: unknown key; did you mean spare.port?");
    assertThat(problems("front:\n  enabled: false\n"))
        .containsExactly("posthorn.yaml:2: front.enabled: unknown key; known here: host, port");
  }

  record Listening(boolean enabled, Port listener) {}

  record Village(String hostname, Listening mx, Protocol protocol) {}

  record Protocol(String hostname, int tries) {}

  @Test
  void theKeysOfAListenerStandBesideItsNeighboursAndOneHostnameIsEnough() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("posthorn.yaml"), "hostname: a\nmx:\n  enabled: false\n  port: 26\n");
    RecordMapper.Mapped<Village> mapped =
        RecordMapper.map(
            ConfigTree.read(Optional.of(file), List.of("mx.host=::1"), _ -> null),
            Village.class,
            new Village("x", new Listening(true, Port.defaults()), new Protocol("localhost", 3)));

    assertThat(mapped.config())
        .isEqualTo(
            new Village("a", new Listening(false, new Port("::1", 26)), new Protocol("a", 3)));
    assertThat(mapped.settings())
        .extracting(Setting::key)
        .containsExactly("hostname", "mx.enabled", "mx.host", "mx.port", "protocol.tries");
  }

  /// As `imap.plain: ~`, which is an optional block.
  @Test
  void whatCanBeSwitchedOffIsOffWhereItsBlockIsNothing() throws IOException {
    Path file = Files.writeString(directory.resolve("posthorn.yaml"), "hostname: a\nmx: ~\n");
    RecordMapper.Mapped<Village> mapped =
        RecordMapper.map(
            ConfigTree.read(Optional.of(file), List.of(), _ -> null),
            Village.class,
            new Village("x", new Listening(true, Port.defaults()), new Protocol("localhost", 3)));

    assertThat(mapped.config().mx()).isEqualTo(new Listening(false, Port.defaults()));
    assertThat(mapped.settings())
        .filteredOn(setting -> setting.key().equals("mx.enabled"))
        .extracting(Setting::value)
        .containsExactly("false");
  }

  private RecordMapper.Mapped<House> read(String yaml, String... assignments) {
    try {
      Path file = Files.writeString(directory.resolve("posthorn.yaml"), yaml);
      return RecordMapper.map(
          ConfigTree.read(
              Optional.of(file), List.of(assignments), name -> name.equals("WHO") ? "ann" : null),
          House.class,
          House.defaults());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private List<String> problems(String yaml, String... assignments) {
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> read(yaml, assignments));
    assertThat(refused).as("refusal").isNotNull();
    return refused.problems().stream().map(ConfigProblem::toString).toList();
  }
}
