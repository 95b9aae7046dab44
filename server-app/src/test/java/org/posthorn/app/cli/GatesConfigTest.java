package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.app.cli.InProcess.Result;

/// What is wrong with a gate is said with the line on which it stands.
final class GatesConfigTest {
  @TempDir private Path data;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          AccessList | then: perhaps | should be refuse, defer, tag, pass or accept
          AccessList | clients: [300.1.2.3] | should be an IP address or a network
          AccessList | senders: '/[/' | regular expression
          AccessList | label: x | give at least one of clients, names, senders, recipients
          ClamAv | clamd: nowhere | should be a host and a port
          ClamAv | found: burn | should be refuse, defer
          ClamAv | max-size: much | should be a size
          ClamAv | patience: long | should be a time
          Concurrency | max: 0 | should be a number from 1
          Concurrency | ipv4-bits: 33 | should be a number from
          Concurrency | ipv6-bits: 129 | should be a number from
          DnsList | zones: {zen.example: heavy} | should be a number
          DnsList | zones: {'zen.example=1.2.3': 5} | should be such as 127.0.0.2-11
          DnsList | zones: none | should be names, each with a number
          DnsList | about: weather | should be address, sender, helo or client-name
          Greylist | delay: soon | should be a time
          Greylist | window: 7 parsecs | should be a time
          Greylist | keep: ever | should be a time
          Greylist | accept-after: -1 | should be a number from
          HeaderSanity | hops-max: many | should be a number from
          HeaderSanity | no-date: maybe | should be refuse, defer
          HelloCheck | unresolved: maybe | should be refuse, defer
          HelloCheck | malformed: maybe | should be refuse, defer
          HelloCheck | ours: maybe | should be refuse, defer
          Milter | at: nowhere | should be a host and a port
          Milter | reuse: -1 | should be a number from 0
          RateLimit | per: moon | should be address, network, login, sender or recipient
          RateLimit | what: kisses | should be connections, messages or recipients
          RateLimit | every: 1ms | at least 1s
          RateLimit | count: 0 | should be a number from 1
          RateLimit | burst: 0 | should be a number from 1
          RateLimit | over: maybe | should be refuse, defer
          RateLimit | alarm-to: nobody | should be an address
          ReverseDns | missing: maybe | should be refuse, defer
          ReverseDns | unconfirmed: maybe | should be refuse, defer
          Rspamd | url: 'no url' | should be an address such as
          Rspamd | max-size: big | should be a size
          SenderDomain | missing: maybe | should be refuse, defer
          SenderDomain | unknown: maybe | should be refuse, defer
          Tarpit | greeting: 1m | at most 15s
          Tarpit | after-recipients: x | should be a number from
          Tarpit | time-limit: x | should be a time
          Tarpit | on-failure: x | should be pass or defer
          Tarpit | dry-run: x | should be true or false
          Tarpit | except-networks: [x] | should be an IP address
          Tarpit | colour: red | is not known: it has
          """)
  void saysOnWhichLine(String gate, String parameter, String why) throws IOException {
    Files.writeString(
        data.resolve("gates.yaml"),
        """
        mx:
          - gate: %s
            %s
            %s
        """
            .formatted(gate, needed(gate, parameter), parameter));
    Result result = InProcess.run(data, "config", "check", "--set", gatesFile());
    assertThat(result.status()).as(result.out() + result.err()).isEqualTo(2);
    boolean named = !parameter.startsWith("label:");
    assertThat(result.err()).contains(why, "gates of mx, number 1");
    assertThat(result.err())
        .containsPattern(named ? "gates\\.yaml(:| line )4" : "gates\\.yaml(:| line )[234]");
  }

  /// One start for each fault is one outage for each.
  @Test
  void namesEveryGateWithAFaultAndWhatElseIsWrong() throws IOException {
    Files.writeString(
        data.resolve("gates.yaml"),
        """
        mx:
          - {gate: AccessList, senders: [spam.example]}
          - {gate: Greylist, delay: 4h, window: 1h}
          - {gate: HeaderSanity}
          - gate: DnsList
            zones: {zen.example=127.0.0.300: 5}
        submission:
          - {gate: RateLimit}
        """);
    Result result =
        InProcess.run(
            data,
            "config",
            "check",
            "--set",
            gatesFile(),
            "--set",
            "tls.certificates=[{certificate: none.crt, key: none.key}]");
    assertThat(result.status()).as(result.out() + result.err()).isEqualTo(2);
    assertThat(result.err().lines())
        .anyMatch(line -> line.contains("gates.yaml:2") && line.contains("gates of mx, number 1"))
        .anyMatch(line -> line.contains("gates.yaml:3") && line.contains("gates of mx, number 2"))
        .anyMatch(line -> line.contains("gates.yaml:6") && line.contains("gates of mx, number 4"))
        .anyMatch(
            line -> line.contains("gates.yaml:8") && line.contains("gates of submission, number 1"))
        .anyMatch(line -> line.contains("none.crt"));
  }

  /// What the gate cannot do without.
  private static String needed(String gate, String parameter) {
    return switch (gate) {
      case "DnsList" -> parameter.startsWith("zones") ? "label: a" : "zones: {zen.example: 1}";
      case "Milter" -> parameter.startsWith("at") ? "label: a" : "at: 127.0.0.1:1";
      case "RateLimit" -> parameter.startsWith("per") ? "label: a" : "per: address";
      case "AccessList" -> parameter.startsWith("then") ? "clients: [192.0.2.1]" : "dry-run: no";
      default -> "except-logins: no";
    };
  }

  private String gatesFile() {
    return "gates-file=" + data.resolve("gates.yaml");
  }
}
