package org.posthorn.mailets.match;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherContract;

/// What every matcher promises, of each that is in the list.
@ParameterizedClass(name = "{0}")
@MethodSource("matchers")
final class ShippedMatchersContractTest implements MatcherContract {
  private static final Mailbag BAG = new Mailbag();

  private final String name;
  private final Map<String, ?> parameters;

  ShippedMatchersContractTest(String name, Map<String, ?> parameters) {
    this.name = name;
    this.parameters = parameters;
  }

  static Stream<Arguments> matchers() {
    return Stream.of(
        of("RecipientMatches", Map.of("pattern", "^user[0-9]+@|jürgen")),
        of("SenderMatches", Map.of("pattern", "sender@.*[.]org$")),
        of("SenderHostIs", Map.of("domains", List.of("example.net", "[192.0.2.1]"))),
        of("LocalPartIs", Map.of("names", List.of("USER1", "odd one 2"))),
        of("IsSingleRecipient", Map.of()),
        of("RecipientCountOver", Map.of("count", "3")),
        of("RecipientIsLocal", Map.of()),
        of("SenderIsLocal", Map.of()),
        of("SenderHasMailbox", Map.of()),
        of("RecipientHasMailbox", Map.of()),
        of("IsOverQuota", Map.of()),
        of("SubjectIs", Map.of("texts", "hello")),
        of("SubjectStartsWith", Map.of("texts", "again")),
        of("SubjectMatches", Map.of("pattern", "^(hello|x.*y)")),
        of("HeaderMatches", Map.of("name", "X-Long", "pattern", "x+y|x*$")),
        of("HasHeaderWithPrefix", Map.of("prefix", "x-lo")),
        of("HeaderNumberOver", Map.of("name", "X-Long", "number", "-1.5")),
        of("HeaderNumberUnder", Map.of("name", "X-Empty", "number", "3")),
        of("HeaderAddressIs", Map.of("name", "X-Raw", "networks", "::/0")),
        of("HopsOver", Map.of("count", "1")),
        of("HasAttachment", Map.of()),
        of("AttachmentNameMatches", Map.of("names", "*.exe", "in-zip", "true")),
        of("TextMatches", Map.of("pattern", "of text$|xxx")),
        of("HasMimeType", Map.of("types", "text/*")),
        of("PartHasMimeType", Map.of("types", List.of("text/plain", "image/*"))),
        of("HasMimeParameter", Map.of("name", "charset", "value", "UTF-8")),
        of("IsSigned", Map.of()),
        of("IsEncrypted", Map.of()),
        of("LinesOver", Map.of("count", "10")),
        of("PriorityIs", Map.of("priority", "0")),
        of("PriorityAtLeast", Map.of("priority", "-1")),
        of("PriorityAtMost", Map.of("priority", "1")),
        of("HasAttribute", Map.of("name", "test.note")),
        of("AttributeMatches", Map.of("name", "test.note", "pattern", "^(n+)+$")),
        of("HasError", Map.of()),
        of("LoginIs", Map.of("users", "login@example.org")),
        of("ProtocolIs", Map.of("protocols", List.of("lmtp", "lmtps"))),
        of("IsFromServer", Map.of()),
        of("RecipientFailed", Map.of("kind", "permanent", "status", "5.1")),
        of("WantsNotice", Map.of("of", "success")),
        of("IsFromList", Map.of()),
        of("IsAutomatic", Map.of()),
        of("RecipientHasMx", Map.of()),
        of("SenderHasMx", Map.of("hosts", "example.com")),
        of("SpfIs", Map.of("results", "pass")),
        of("DkimIs", Map.of("results", "pass")),
        of("DmarcIs", Map.of("results", List.of("fail", "none"))),
        of("ArcIs", Map.of("results", "pass")),
        of("IprevIs", Map.of("results", "fail")),
        of("DkimSignedBy", Map.of("domains", "example.com")),
        of("IsQuarantined", Map.of()),
        of("AtMost", Map.of("name", "a", "count", "3", "within", "1d", "per", "recipient")),
        of("RateOver", Map.of("name", "a", "limit", "3", "within", "1d", "per", "recipient")),
        of("DuringHours", Map.of("from", "08:00", "until", "18:00", "zone", "Europe/Berlin")),
        of("Sample", Map.of("percent", "50")));
  }

  private static Arguments of(String name, Map<String, ?> parameters) {
    return Arguments.of(name, parameters);
  }

  @Override
  public Matcher matcher() {
    return BAG.matcher(name, parameters);
  }

  @Test
  void isInTheListOnce() {
    assertThat(BAG.names()).containsOnlyOnce(name);
    assertThat(matchers()).hasSameSizeAs(BAG.names());
  }
}
