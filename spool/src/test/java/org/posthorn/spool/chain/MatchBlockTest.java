package org.posthorn.spool.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.TestServices;
import org.posthorn.storage.queue.RecipientState.Place;

/// A matcher whose parameters need more than a line.
final class MatchBlockTest {
  private static final Map<String, Object> RULES =
      Map.of(
          "rules",
          List.of(
              Map.of("parts", List.of("ann", "bob"), "within", "2h"),
              Map.of("parts", List.of("eve"), "within", "5d")));

  private final Named matcher = new Named();

  @Test
  void itsParametersStandInABlock() {
    assertThat(served(Map.of("Named", RULES))).containsExactly("matched", "at the end of root");
    assertThat(matcher.read.rules().getLast().within()).isEqualTo(Duration.ofDays(5));
  }

  @Test
  void allOfAListHaveToMatch() {
    Object others = Map.of("Named", Map.of("rules", Map.of("parts", "carl", "within", "1s")));
    assertThat(served(List.of(Map.of("Named", RULES), others)))
        .containsExactly("at the end of root");
  }

  @Test
  void whatIsWrongSaysWhere() {
    assertThatThrownBy(() ->
            served(Map.of("Named", Map.of("rules", List.of(Map.of("parts", "a", "within", "x"))))))
        .isInstanceOf(ChainConfigException.class)
        .hasMessage(
            "processor root, step 1 (Done): match: Named: in 'rules.1': parameter 'within' is 'x', but should be a time such as 30m or 5d");
    assertThatThrownBy(() -> served(Map.of("Named", "x")))
        .hasMessageEndingWith("match: Named is 'x', but should be a block with its parameters");
    assertThatThrownBy(() -> served(Map.of("Namde", RULES)))
        .hasMessageEndingWith("match: Namde: there is no such matcher; did you mean Named?");
  }

  private List<String> served(Object match) {
    Chain chain =
        new ChainBuilder(List.of(new Done()), List.of(matcher), new TestServices())
            .build(
                ChainConfig.of(
                    ConfigTree.of(
                        Map.of(
                            "root",
                            Map.of(
                                "steps",
                                List.of(Map.of("match", match, "mailet", "Done")),
                                "at-end",
                                "drop"),
                            "bounces",
                            Map.of("at-end", "drop"),
                            "dead-letters",
                            Map.of("at-end", "keep")))));
    var heard = new Heard();
    chain.run(ChainRunTest.mail("ann", "carl"), new Place("root", ""), heard);
    return heard.reasons;
  }

  private static final class Heard implements Journal {
    private final List<String> reasons = new ArrayList<>();

    @Override
    public void settle(List<Fate> fates) {
      fates.stream()
          .filter(Fate.Served.class::isInstance)
          .map(fate -> ((Fate.Served) fate).reason())
          .forEach(reasons::add);
    }

    @Override
    public void stepDone(Mail mail, Place step, Outcome outcome, Duration took, int round) {}
  }

  private static final class Named implements MatcherFactory<Named.Rules> {
    private Rules read = new Rules(List.of());

    record Rules(@Parameter("Rules.") List<Rule> rules) {}

    record Rule(
        @Parameter("Parts of addresses.") List<String> parts,
        @Parameter("A time.") Duration within) {}

    @Override
    public String name() {
      return "Named";
    }

    @Override
    public String summary() {
      return "Chooses by parts of the address.";
    }

    @Override
    public Class<Rules> parameters() {
      return Rules.class;
    }

    @Override
    public Matcher create(Rules rules, Services services) {
      read = rules;
      return mail ->
          mail.recipients().stream()
              .filter(one ->
                  rules.rules().stream()
                      .flatMap(rule -> rule.parts().stream())
                      .anyMatch(one.address().localPart()::contains))
              .toList();
    }
  }

  private static final class Done implements MailetFactory<NoParameters> {
    @Override
    public String name() {
      return "Done";
    }

    @Override
    public String summary() {
      return "Ends.";
    }

    @Override
    public Class<NoParameters> parameters() {
      return NoParameters.class;
    }

    @Override
    public Mailet create(NoParameters none, Services services) {
      return _ -> new Outcome.Finish("matched");
    }
  }
}
