package org.posthorn.message.mime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ParameterizedValueTest {
  @Test
  void whatSomethingDependsOnIsReadBehindAnyNumberOfOthers() {
    String many =
        IntStream.range(0, 2_000).mapToObj(i -> "a" + i + "=b").collect(Collectors.joining("; "));
    Map<String, String> read =
        ParameterizedValue.parse(
                "x/y; " + many + "; name=a.exe; filename*0=b.; filename*1=js; charset=utf-8")
            .parameters();
    assertThat(read)
        .hasSize(103)
        .containsEntry("name", "a.exe")
        .containsEntry("filename", "b.js")
        .containsEntry("charset", "utf-8");
  }

  @Test
  void allNamesOfAFileAreKept() {
    Map<String, String> read =
        ParameterizedValue.parse(
                "attachment; filename=a.exe; filename*=utf-8''%C3%BC.txt; filename=b.js;"
                    + " filename=a.exe; *1*filename=c; name=d; name=d")
            .parameters();
    assertThat(read)
        .containsExactly(
            Map.entry("filename", "ü.txt"),
            Map.entry("name", "d"),
            Map.entry("*1*filename", "a.exe"),
            Map.entry("*2*filename", "b.js"));
    assertThat(read.keySet().stream().filter(ParameterizedValue::isFurther)).hasSize(2);
  }

  @Test
  void ofATextWithoutMeasureTheEndsAreKept() {
    for (String letter : new String[] {"a", "€"}) {
      ParameterizedValue read =
          ParameterizedValue.parse(
              "k" + letter.repeat(9_000) + "; filename=b" + letter.repeat(9_000) + ".exe");
      assertThat(read.value()).startsWith("k").hasSizeLessThan(2_000);
      assertThat(read.parameters().get("filename"))
          .startsWith("b")
          .endsWith(".exe")
          .satisfies(name -> assertThat(name.getBytes(UTF_8)).hasSizeLessThan(4_000));
    }
    String long255 = "€".repeat(255) + ".exe";
    assertThat(ParameterizedValue.parse("x/y; name=" + long255).parameters())
        .containsEntry("name", long255);
  }
}
