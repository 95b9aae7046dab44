package org.posthorn.senderauth.spf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.posthorn.senderauth.SharedData;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The suite of openspf.org for RFC 7208, case by case.
class SpfSuiteTest {
  private static List<Map<?, ?>> scenarios() throws IOException {
    Path file = SharedData.folder("spf").resolve("rfc7208-tests.yml");
    List<Map<?, ?>> scenarios = new ArrayList<>();
    Load load = new Load(LoadSettings.builder().build());
    for (Object scenario : load.loadAllFromString(Files.readString(file))) {
      scenarios.add((Map<?, ?>) scenario);
    }
    return scenarios;
  }

  @Test
  void thereAre203Cases() throws IOException {
    assertThat(scenarios().stream().mapToInt(each -> cases(each).size()).sum()).isEqualTo(203);
  }

  @TestFactory
  List<DynamicNode> everyCaseHasItsResult() throws IOException {
    return scenarios().stream().map(SpfSuiteTest::container).toList();
  }

  private static DynamicNode container(Map<?, ?> scenario) {
    var zone = new SuiteZone((Map<?, ?>) in(scenario, "zonedata"));
    var spf = new Spf(zone, "mx.receiver.example", InstantSource.system());
    return dynamicContainer(
        in(scenario, "description").toString(),
        cases(scenario).entrySet().stream()
            .map(each ->
                dynamicTest(
                    each.getKey().toString(), () -> check(spf, (Map<?, ?>) each.getValue()))));
  }

  private static Map<?, ?> cases(Map<?, ?> scenario) {
    return (Map<?, ?>) in(scenario, "tests");
  }

  private static void check(Spf spf, Map<?, ?> wanted) {
    SpfResult result = ask(spf, wanted);

    Object code = in(wanted, "result");
    List<?> allowed = code instanceof List<?> several ? several : List.of(code);
    assertThat(allowed).as(result.toString()).map(Object::toString).contains(result.code().word());
    if (wanted.get("explanation") != null) {
      String explanation = wanted.get("explanation").toString();
      assertThat(result.explanation().orElse("DEFAULT")).isEqualTo(explanation);
    }
  }

  private static SpfResult ask(Spf spf, Map<?, ?> wanted) {
    InetAddress client = InetAddress.ofLiteral(in(wanted, "host").toString());
    String helo = in(wanted, "helo").toString();
    String from = in(wanted, "mailfrom").toString();
    int at = from.lastIndexOf('@');
    return at < 0
        ? spf.helo(client, helo)
        : spf.mailFrom(client, from.substring(0, at), from.substring(at + 1), helo);
  }

  private static Object in(Map<?, ?> map, String key) {
    return Objects.requireNonNull(map.get(key), key);
  }
}
