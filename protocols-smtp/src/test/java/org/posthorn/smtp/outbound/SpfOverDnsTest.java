package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.posthorn.senderauth.spf.Spf;
import org.posthorn.senderauth.spf.SpfResult;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/// The suite of openspf.org for RFC 7208 once more, with the real DNS client and a server on
/// loopback.
class SpfOverDnsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int STRING_MAX_BYTES = 255;

  private final List<ScriptedDns> servers = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (ScriptedDns server : servers) {
      server.close();
    }
  }

  @TestFactory
  List<DynamicTest> everyCaseHasItsResult() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    Load load = new Load(LoadSettings.builder().build());
    for (Object scenario : load.loadAllFromString(Files.readString(suite()))) {
      tests.addAll(tests((Map<?, ?>) scenario));
    }
    assertThat(tests).hasSize(203);
    return tests;
  }

  private List<DynamicTest> tests(Map<?, ?> scenario) throws IOException {
    Map<String, List<?>> zone = new HashMap<>();
    ((Map<?, ?>) in(scenario, "zonedata"))
        .forEach((name, records) -> zone.put(lower(name), (List<?>) records));
    ScriptedDns server = ScriptedDns.saying((query, _) -> answer(zone, query));
    servers.add(server);
    var spf =
        new Spf(
            new DnsClient(List.of(server.address()), TIMEOUT),
            "mx.receiver.example",
            InstantSource.system());
    return ((Map<?, ?>) in(scenario, "tests"))
        .entrySet().stream()
            .map(each ->
                dynamicTest(
                    each.getKey().toString(), () -> check(spf, (Map<?, ?>) each.getValue())))
            .toList();
  }

  private static Path suite() {
    Path file =
        Stream.of(
                Path.of(System.getProperty("posthorn.data", "/nowhere")),
                Path.of("../../shared/data"),
                Path.of("../shared/data"))
            .map(place -> place.resolve("spf/rfc7208-tests.yml"))
            .filter(Files::isRegularFile)
            .findFirst()
            .orElse(Path.of("/nowhere"));
    Assumptions.assumeTrue(Files.isRegularFile(file), "There is no ../shared/data/spf");
    return file;
  }

  private static void check(Spf spf, Map<?, ?> wanted) {
    InetAddress client = InetAddress.ofLiteral(in(wanted, "host").toString());
    String helo = in(wanted, "helo").toString();
    String from = in(wanted, "mailfrom").toString();
    int at = from.lastIndexOf('@');
    SpfResult result =
        at < 0
            ? spf.helo(client, helo)
            : spf.mailFrom(client, from.substring(0, at), from.substring(at + 1), helo);
    Object code = in(wanted, "result");
    List<?> allowed = code instanceof List<?> several ? several : List.of(code);
    assertThat(allowed).as(result.toString()).map(Object::toString).contains(result.code().word());
    if (wanted.get("explanation") != null) {
      assertThat(result.explanation().orElse("DEFAULT"))
          .isEqualTo(wanted.get("explanation").toString());
    }
  }

  /// `TIMEOUT` in the zone is a server that fails, which takes no time.
  private static List<ScriptedDns.Packet> answer(Map<String, List<?>> zone, Message query)
      throws IOException {
    Record question = query.getQuestion();
    List<?> entries = zone.get(unescaped(question.getName()));
    if (entries == null) {
      return ScriptedDns.nothing(query, Rcode.NXDOMAIN, 60);
    }
    List<Record> found = records(entries, question.getName(), question.getType());
    if (!found.isEmpty()) {
      return ScriptedDns.answer(query, found.toArray(Record[]::new));
    }
    if (!entries.contains("TIMEOUT")) {
      return ScriptedDns.nothing(query, Rcode.NOERROR, 60);
    }
    Message failure = ScriptedDns.reply(query);
    failure.getHeader().setRcode(Rcode.SERVFAIL);
    return ScriptedDns.packet(failure);
  }

  private static List<Record> records(List<?> entries, Name name, int type) throws IOException {
    List<Record> found = new ArrayList<>();
    List<Object> aliases = values(entries, "CNAME");
    List<Object> values = aliases.isEmpty() ? values(entries, Type.string(type)) : aliases;
    if (values.isEmpty() && type == Type.TXT) {
      values = values(entries, "SPF");
    }
    for (Object value : values) {
      if (!"NONE".equals(value)) {
        record(name, aliases.isEmpty() ? type : Type.CNAME, value).ifPresent(found::add);
      }
    }
    return found;
  }

  private static List<Object> values(List<?> entries, String type) {
    return entries.stream()
        .filter(Map.class::isInstance)
        .<Object>map(entry -> ((Map<?, ?>) entry).get(type))
        .filter(Objects::nonNull)
        .toList();
  }

  private static Optional<Record> record(Name name, int type, Object value) throws IOException {
    int in = DClass.IN;
    String text = value.toString();
    return switch (type) {
      case Type.A -> Optional.of(new ARecord(name, in, 60, InetAddress.ofLiteral(text)));
      case Type.AAAA -> Optional.of(new AAAARecord(name, in, 60, InetAddress.ofLiteral(text)));
      case Type.CNAME -> Optional.of(new CNAMERecord(name, in, 60, name(text)));
      case Type.PTR -> Optional.of(new PTRRecord(name, in, 60, name(text)));
      case Type.MX -> {
        List<?> pair = (List<?>) value;
        yield Optional.of(
            new MXRecord(name, in, 60, (Integer) pair.getFirst(), name(pair.getLast().toString())));
      }
      case Type.TXT -> Optional.of(new TXTRecord(name, in, 60, strings(value)));
      default -> Optional.empty();
    };
  }

  private static Name name(String text) throws IOException {
    return text.isEmpty() ? Name.root : Name.fromString(text, Name.root);
  }

  /// As they are in the suite, cut where they are longer than a string of the DNS; bytes outside of
  /// ASCII as a zone file writes them.
  private static List<String> strings(Object value) {
    List<?> whole = value instanceof List<?> several ? several : List.of(value);
    List<String> strings = new ArrayList<>();
    for (Object each : whole) {
      byte[] bytes = each.toString().getBytes(StandardCharsets.UTF_8);
      for (int at = 0; at < Math.max(1, bytes.length); at += STRING_MAX_BYTES) {
        strings.add(escaped(bytes, at, Math.min(bytes.length, at + STRING_MAX_BYTES)));
      }
    }
    return strings;
  }

  private static String escaped(byte[] bytes, int from, int to) {
    var text = new StringBuilder();
    for (int at = from; at < to; at++) {
      int b = bytes[at] & 0xFF;
      if (b < ' ' || b > '~' || b == '"' || b == '\\') {
        text.append('\\').append(String.format(Locale.ROOT, "%03d", b));
      } else {
        text.append((char) b);
      }
    }
    return text.toString();
  }

  private static String lower(Object name) {
    String lower = name.toString().toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  /// One case asks for a name with a space in it.
  private static String unescaped(Name name) {
    var text = new StringBuilder();
    for (int label = 0; label < name.labels() - 1; label++) {
      byte[] bytes = name.getLabel(label);
      text.append(label == 0 ? "" : ".");
      text.append(new String(bytes, 1, bytes.length - 1, StandardCharsets.ISO_8859_1));
    }
    return lower(text);
  }

  private static Object in(Map<?, ?> map, String key) {
    return Objects.requireNonNull(map.get(key), key);
  }
}
