package org.posthorn.spool.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ProcessorName;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.TestServices;

/// What an operator is told about a chain that makes no sense.
final class ChainBuilderTest {
  /// Has one parameter of each kind.
  private record Picky(List<Object> read) implements MailetFactory<Picky.Wishes> {
    record Wishes(
        @Parameter("A text.") String text,
        @Parameter("Texts.") List<String> texts,
        @Parameter(value = "Yes or no.", otherwise = "no") boolean flag,
        @Parameter(value = "A number.", otherwise = "3", min = 1, max = 10) int number,
        @Parameter(value = "A size.", otherwise = "7") long sizeBytes,
        @Parameter(value = "A time.", otherwise = "0s") Duration longTime,
        @Parameter("Texts with names.") Map<String, String> map) {}

    @Override
    public String name() {
      return "Picky";
    }

    @Override
    public String summary() {
      return "Reads.";
    }

    @Override
    public Class<Wishes> parameters() {
      return Wishes.class;
    }

    @Override
    public Mailet create(Wishes wishes, Services services) {
      read.add(wishes.text);
      read.add(wishes.texts);
      read.add(wishes.flag);
      read.add(wishes.number);
      read.add(wishes.sizeBytes);
      read.add(wishes.longTime);
      read.add(wishes.map);
      return Outcome.Continue::new;
    }
  }

  private record Route() implements MailetFactory<Route.Target> {
    record Target(@Parameter("Where to.") ProcessorName processor) {}

    @Override
    public String name() {
      return "Route";
    }

    @Override
    public String summary() {
      return "Goes elsewhere.";
    }

    @Override
    public Class<Target> parameters() {
      return Target.class;
    }

    @Override
    public Mailet create(Target target, Services services) {
      return mail -> new Outcome.Route(mail, target.processor.value());
    }
  }

  private record All() implements MatcherFactory<NoParameters> {
    @Override
    public String name() {
      return "All";
    }

    @Override
    public String summary() {
      return "All.";
    }

    @Override
    public Class<NoParameters> parameters() {
      return NoParameters.class;
    }

    @Override
    public Matcher create(NoParameters none, Services services) {
      return Mail::recipients;
    }
  }

  private final List<Object> read = new ArrayList<>();

  @Test
  void readsParametersOfAllKinds() {
    var _ =
        build(
            Map.of(
                "mailet",
                "Picky",
                "text",
                "x",
                "texts",
                List.of("a", "b"),
                "flag",
                true,
                "number",
                5,
                "size",
                "10 MB",
                "long-time",
                "90m",
                "map",
                Map.of("k", "v")));
    assertThat(read)
        .containsExactly(
            "x", List.of("a", "b"), true, 5, 10L << 20, Duration.ofMinutes(90), Map.of("k", "v"));
  }

  @Test
  void whatIsAbsentIsAsTheMailetSays() {
    var _ = build(Map.of("mailet", "Picky", "text", "x", "texts", "only"));
    assertThat(read).containsExactly("x", List.of("only"), false, 3, 7L, Duration.ZERO, Map.of());
  }

  @Test
  void namesProcessorStepAndParameter() {
    refuses(
        Map.of("mailet", "Picky"),
        "chain.yaml line 7: processor root, step 1 (Picky): parameter 'text' is missing: A text."
            + " It should be a text");
    refuses(
        Map.of("mailet", "Picky", "text", "x", "tetx", "y"),
        "chain.yaml line 7: processor root, step 1 (Picky): parameter 'tetx' is not known: it has"
            + " text, texts, flag, number, size, long-time, map");
    refuses(
        Map.of("mailet", "Picky", "text", "x", "number", "11"),
        "chain.yaml line 7: processor root, step 1 (Picky): parameter 'number' is '11', but should"
            + " be a number from 1 to 10");
    refuses(
        Map.of("mailet", "Picky", "text", "x", "size", "many"),
        "chain.yaml line 7: processor root, step 1 (Picky): parameter 'size' is 'many', but should"
            + " be a size such as 500KB or 50MB");
    refuses(
        Map.of("mailet", "Picky", "text", "x", "long-time", "5 parsecs"),
        "chain.yaml line 7: processor root, step 1 (Picky): parameter 'long-time' is '5 parsecs',"
            + " but should be a time such as 30m or 5d");
    refuses(
        Map.of("mailet", "Picky", "text", List.of("x")),
        "chain.yaml line 7: processor root, step 1 (Picky): parameter 'text' is a list, but should be"
            + " a text");
    refuses(
        Map.of("mailet", List.of("Picky")),
        "processor root, step 1: 'mailet' is a list, but should be the name of a" + " mailet");
    refuses(
        Map.of("mailet", "Picky", "text", "x", "match", Map.of("All", "none")),
        "chain.yaml line 7: processor root, step 1 (Picky): match: All is 'none', but should be a"
            + " block with its parameters");
    refuses(
        Map.of("mailet", "Route", "processor", "lokal"),
        "chain.yaml line 7: processor root, step 1 (Route): parameter 'processor' names the"
            + " processor lokal, but there are only bounces, dead-letters, root");
    refuses(
        Map.of("mailet", "Pickey"),
        "chain.yaml line 7: processor root, step 1 (Pickey): there is no mailet Pickey; did you"
            + " mean Picky?");
    refuses(
        Map.of("mailet", "Picky", "text", "x", "match", "All and Alll"),
        "chain.yaml line 7: processor root, step 1 (Picky): column 9 of 'All and Alll': Alll:"
            + " there is no such matcher; did you mean All?");
    refuses(Map.of("text", "x"), "chain.yaml line 7: processor root, step 1 names no 'mailet'");
  }

  @Test
  void everyProcessorSaysWhatIsAtItsEnd() {
    assertThatThrownBy(() -> ChainConfig.of(ConfigTree.of(Map.of("root", Map.of()))))
        .isInstanceOf(ChainConfigException.class)
        .hasMessageContaining("processor root does not say what becomes of mail at its end");
    refusesChain(
        Map.of("root", "drop", "bounces", "nirvana", "dead-letters", "keep"),
        "processor bounces: at-end is 'nirvana', but should be drop, keep or one of bounces,"
            + " dead-letters, root");
  }

  /// Whether mail ever comes to the end of a processor with steps, only these know.
  @Test
  void endsThatLeadRoundWithoutAStepAreRefused() {
    var ends = new LinkedHashMap<String, String>();
    ends.put("root", "first");
    ends.put("bounces", "drop");
    ends.put("dead-letters", "keep");
    ends.put("first", "second");
    ends.put("second", "third");
    ends.put("third", "second");
    refusesChain(
        ends,
        "processor second: its at-end leads round for ever: second -> third -> second, and no step is"
            + " on the way. End one of them with drop, keep or another processor");
    refusesChain(
        Map.of("root", "drop", "bounces", "drop", "dead-letters", "dead-letters"),
        "processor dead-letters: its at-end leads round for ever: dead-letters -> dead-letters, and"
            + " no step is on the way. End one of them with drop, keep or another processor");
    Map<String, Object> polling = new LinkedHashMap<>();
    polling.put(
        "root", Map.of("steps", List.of(Map.of("mailet", "Picky", "text", "x")), "at-end", "root"));
    polling.put("bounces", Map.of("at-end", "drop"));
    polling.put("dead-letters", Map.of("at-end", "keep"));
    assertThat(builder().build(ChainConfig.of(ConfigTree.of(polling))).processorNames()).hasSize(3);
  }

  @Test
  void whatIsOfAnotherKindIsSaidToBeWhatItIs() {
    refusesTree(List.of("root"), "the chain is a list, but should be a block of processors");
    refusesTree(
        Map.of("root", List.of("a")),
        "processor root is a list, but should be a block with 'steps' and 'at-end'");
    refusesTree(
        Map.of("root", Map.of("at-end", List.of("drop"))),
        "processor root: 'at-end' is a list, but should be the name of a processor, 'drop' or"
            + " 'keep'");
    refusesTree(
        Map.of("root", Map.of("at-end", "drop", "steps", "")),
        "processor root: 'steps' is empty, but should be a list of steps");
    refusesTree(
        Map.of("root", Map.of("at-end", "drop", "steps", List.of("ToMailbox"))),
        "processor root, step 1 is 'ToMailbox', but should be a block such as 'mailet: ToMailbox'");
    refusesTree(
        Map.of(
            "root",
            Map.of("at-end", "drop", "steps", List.of(Map.of("mailet", "A", "step", Map.of())))),
        "processor root, step 1: 'step' is a block of names and values, but should be a name");
  }

  private static void refusesTree(Object chain, String message) {
    assertThatThrownBy(() -> ChainConfig.of(ConfigTree.of(chain)))
        .isInstanceOf(ChainConfigException.class)
        .hasMessage(message);
  }

  @Test
  void someProcessorsMustBeThere() {
    refusesChain(
        Map.of("root", "drop"),
        "The chain needs the processors bounces, dead-letters, root, but has no bounces and no"
            + " dead-letters");
  }

  @Test
  void wordsWithAMeaningAreNoNames() {
    assertThatThrownBy(
            () -> ChainConfig.of(ConfigTree.of(Map.of("drop", Map.of("at-end", "keep")))))
        .hasMessageContaining("a processor cannot be called drop");
    assertThatThrownBy(() ->
            ChainConfig.of(ConfigTree.of(Map.of("root", Map.of("at-end", "keep", "stpes", "")))))
        .hasMessageContaining("processor root has 'steps' and 'at-end', but not 'stpes'");
  }

  @Test
  void twoStepsOfOneMailetHaveDifferentNames() {
    Map<String, Object> step = Map.of("mailet", "Picky", "text", "x");
    ChainConfig config =
        ChainConfig.of(
            ConfigTree.of(
                Map.of(
                    "root",
                    Map.of(
                        "steps",
                        List.of(step, step, Map.of("mailet", "Picky", "step", "third")),
                        "at-end",
                        "drop"))));
    assertThat(config.processors().getFirst().steps().stream().map(each -> each.label()))
        .containsExactly("Picky", "Picky-2", "third");
    assertThatThrownBy(() ->
            ChainConfig.of(
                ConfigTree.of(
                    Map.of(
                        "root",
                        Map.of(
                            "steps",
                            List.of(
                                Map.of("mailet", "A", "step", "x"),
                                Map.of("mailet", "B", "step", "x")),
                            "at-end",
                            "drop")))))
        .hasMessageContaining("processor root has two steps that are called x");
  }

  @Test
  void twoMailetsOfOneNameAreRefused() {
    assertThatThrownBy(() ->
            new ChainBuilder(List.of(new Route(), new Route()), List.of(), new TestServices()))
        .isInstanceOf(ChainConfigException.class)
        .hasMessage(
            "Two mailets are called Route: one from the server itself, one from the server itself."
                + " Remove one of them.");
  }

  @Test
  void whatTheFactoryThrowsOtherwiseIsNotHidden() {
    MailetFactory<?> factory =
        new MailetFactory<NoParameters>() {
          @Override
          public String name() {
            return "Bad";
          }

          @Override
          public String summary() {
            return "Refuses.";
          }

          @Override
          public Class<NoParameters> parameters() {
            return NoParameters.class;
          }

          @Override
          public Mailet create(NoParameters none, Services services) {
            throw new ParameterException("nothing fits");
          }
        };
    var builder = new ChainBuilder(List.of(factory), List.of(), new TestServices());
    assertThatThrownBy(() -> builder.build(config(Map.of("mailet", "Bad"))))
        .hasMessageEndingWith("(Bad): nothing fits");
  }

  private void refuses(Map<String, Object> step, String message) {
    assertThatThrownBy(() -> build(step))
        .isInstanceOf(ChainConfigException.class)
        .hasMessage(message);
  }

  private void refusesChain(Map<String, String> ends, String message) {
    Map<String, Object> processors = new LinkedHashMap<>();
    ends.forEach((name, end) -> processors.put(name, Map.of("at-end", end)));
    assertThatThrownBy(() -> builder().build(ChainConfig.of(ConfigTree.of(processors))))
        .isInstanceOf(ChainConfigException.class)
        .hasMessage(message);
  }

  private Chain build(Map<String, Object> step) {
    read.clear();
    return builder().build(config(step));
  }

  private ChainBuilder builder() {
    return new ChainBuilder(
        List.of(new Picky(read), new Route()), List.of(new All()), new TestServices());
  }

  /// A chain with one step, which stands in line 7.
  private static ChainConfig config(Map<String, Object> step) {
    Map<String, ConfigTree> entries = new LinkedHashMap<>();
    step.forEach((name, value) -> entries.put(name, ConfigTree.of(value)));
    var block = new ConfigTree.Block(entries, "chain.yaml line 7");
    return ChainConfig.of(
        ConfigTree.of(
            Map.of(
                "root", Map.of("steps", List.of(block), "at-end", "drop"),
                "bounces", Map.of("at-end", "drop"),
                "dead-letters", Map.of("at-end", "keep"))));
  }
}
