package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.app.config.Setting;

final class ChangesTest {
  private static final String ROUTES = "outbound.routes";

  @Test
  void aListThatHasBecomeShorterOrLongerIsNamedOnce() {
    assertThat(changes(routes("a", "b", "c"), routes("a", "c"))).containsExactly(ROUTES);
    assertThat(changes(routes("a"), routes("a", "b"))).containsExactly(ROUTES);
    assertThat(changes(List.of(setting(ROUTES, "[]")), routes("a"))).containsExactly(ROUTES);
  }

  @Test
  void whatHasChangedInAListIsNamed() {
    assertThat(changes(routes("a", "b"), routes("a", "c")))
        .containsExactly(ROUTES + "[1].recipients[0]");
    List<Setting> more = new ArrayList<>(routes("a", "b"));
    more.add(setting(ROUTES + "[1].recipients[1]", "c"));
    assertThat(changes(routes("a", "b"), more)).containsExactly(ROUTES + "[1].recipients");
    assertThat(changes(routes("a"), routes("a"))).isEmpty();
  }

  @Test
  void whatNeedsARestartIsApart() {
    Changes changes =
        Changes.between(List.of(setting("hostname", "a")), List.of(setting("hostname", "b")));
    assertThat(changes.taken()).isEmpty();
    assertThat(changes.afterRestart()).containsExactly("hostname");
  }

  private static List<String> changes(List<Setting> before, List<Setting> after) {
    return Changes.between(before, after).taken();
  }

  private static List<Setting> routes(String... domains) {
    List<Setting> settings = new ArrayList<>();
    for (int i = 0; i < domains.length; i++) {
      String route = ROUTES + "[" + i + "]";
      settings.add(setting(route + ".recipients[0]", domains[i]));
      settings.add(setting(route + ".to", "mx"));
    }
    return settings;
  }

  private static Setting setting(String key, String value) {
    return new Setting(key, value, "default");
  }
}
