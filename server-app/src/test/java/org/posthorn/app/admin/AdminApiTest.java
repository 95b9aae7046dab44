package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

class AdminApiTest {
  @Test
  void readsAPathAQueryAndABody() throws Exception {
    AdminRequest request =
        read(
            "POST /users/ann%40example.org/mailboxes/a%2Fb+c?x=1&y=a+b%20c&z HTTP/1.1\r\n"
                + "Host: x\r\ncontent-length: 4\r\n\r\nbody and more");

    assertThat(request)
        .isEqualTo(
            new AdminRequest(
                "POST",
                List.of("users", "ann@example.org", "mailboxes", "a/b+c"),
                Map.of("x", "1", "y", "a b c", "z", ""),
                Set.of("z"),
                "body",
                Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET /\r\n\r\n",
        "GET / HTTP/2\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /%zz HTTP/1.1\r\n\r\n",
        "POST /queue//hold HTTP/1.1\r\n\r\n",
        "DELETE /users/ HTTP/1.1\r\n\r\n",
        "GET // HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nshort",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
      })
  void refusesWhatIsNoRequest(String bytes) {
    Assertions.assertThatThrownBy(() -> read(bytes)).isInstanceOf(AdminRequest.Unreadable.class);
  }

  /// What is said twice, or half, would be ignored without a word.
  @ParameterizedTest
  @ValueSource(strings = {"{\"count\": 1, \"count\": 2}", "{\"count\": 1.5}"})
  void refusesABodyThatSaysTwoThings(String body) throws Exception {
    AdminRequest request =
        read("POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s".formatted(body.length(), body));
    Assertions.assertThatThrownBy(() -> new Json().read(request, Counted.class))
        .isInstanceOf(JacksonException.class);
  }

  private record Counted(long count) {}

  private record Team(
      String name, @Nullable String motto, List<Member> members, Map<String, String> notes) {}

  private record Member(String address, @Nullable String name) {}

  @Test
  void namesWhatABodyHasNot() {
    var whole = List.of(new Member("a", null));
    assertThat(Missing.in(new Team("x", null, whole, Map.of("k", "v")))).isEmpty();
    assertThat(Missing.in(teamOf("{}"))).contains("name");
    assertThat(Missing.in(teamOf("{\"name\": \"x\"}"))).contains("members");
    assertThat(Missing.in(teamOf("{\"name\": \"x\", \"members\": [{\"address\": \"a\"}, {}]}")))
        .contains("members[1].address");
    assertThat(Missing.in(teamOf("{\"name\": \"x\", \"members\": [null]}"))).contains("members[0]");
    assertThat(Missing.in(teamOf("{\"name\": \"x\", \"members\": [], \"notes\": {\"a\": null}}")))
        .contains("notes.a");
  }

  private static Team teamOf(String json) {
    return JsonMapper.shared().readValue(json, Team.class);
  }

  @Test
  void refusesAHeaderThatDoesNotEnd() {
    Assertions.assertThatThrownBy(() -> read("GET / HTTP/1.1\r\nX: " + "x".repeat(20_000)))
        .isInstanceOf(AdminRequest.Unreadable.class);
  }

  @Test
  void aRouteMatchesItsPathAndNamesItsParts() {
    var route = new Route("GET", "/users/{login}/mailboxes", "", (_, _) -> AdminAnswer.done());

    assertThat(route.match(List.of("users", "a@b", "mailboxes"))).contains(Map.of("login", "a@b"));
    assertThat(route.match(List.of("users", "a@b"))).isEmpty();
    assertThat(route.match(List.of("domains", "a@b", "mailboxes"))).isEmpty();
    assertThat(new Route("GET", "/", "", (_, _) -> AdminAnswer.done()).match(List.of()))
        .isPresent();
  }

  @Test
  void readsCommaSeparatedValuesAsRfc4180HasThem() {
    List<Csv.Row> rows = Csv.rows("\ufeffa,b\r\n\"x, \"\"y\"\"\",\r\n\r\nlast,1");
    assertThat(rows).extracting(Csv.Row::line).containsExactly(1, 2, 4);
    assertThat(rows)
        .extracting(Csv.Row::cells)
        .containsExactly(List.of("a", "b"), List.of("x, \"y\"", ""), List.of("last", "1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"open", "\"a\"b,c", "a,\""})
  void refusesQuotesThatDoNotFitInTheirLineAlone(String text) {
    List<Csv.Row> rows = Csv.rows("x,\"y\"\n" + text + "\n\"z\"");
    assertThat(rows.getFirst().cells()).containsExactly("x", "y");
    Assertions.assertThatThrownBy(rows.get(1)::cells).isInstanceOf(Declined.class);
    assertThat(rows.get(2).cells()).containsExactly("z");
  }

  private static AdminRequest read(String bytes) throws IOException, AdminRequest.Unreadable {
    return AdminRequest.read(new ByteArrayInputStream(bytes.getBytes(StandardCharsets.ISO_8859_1)));
  }
}
