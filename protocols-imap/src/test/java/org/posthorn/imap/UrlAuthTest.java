package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.imap.command.VouchedTexts;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxName;

/// RFC 4467, RFC 5524.
class UrlAuthTest {
  private static final Actor ACTOR = new Actor("test", "test", "test");
  private static final String NAME = "imap://ann@example.org/";

  /// A conversation after the login, where `{x}` is a URL `x` of one's own that is vouched for.
  private static void talk(String script) {
    for (int bufferBytes : List.of(8192, 1)) {
      try (var house = new ImapHouse()) {
        house.append(
            "INBOX",
            """
            Subject: parts\r
            Content-Type: multipart/mixed; boundary=b\r
            \r
            --b\r
            \r
            Si vis pacem, para bellum.\r
            --b\r
            Content-Type: image/png\r
            Content-Transfer-Encoding: base64\r
            \r
            AAECAw==\r
            --b\r
            Content-Transfer-Encoding: x-odd\r
            \r
            ?\r
            --b--\r
            """);
        Account account = house.account();
        Talk.play(
            house,
            bufferBytes,
            "S: ~\\* OK .*\n" + Talk.login("") + signed(script, account, account, "INBOX"));
        house.verify();
      }
    }
  }

  /// Puts tokens behind URLs.
  private static String signed(String script, Account owner, Account host, String mailbox) {
    var id = host.find(new MailboxName(mailbox)).orElseThrow().id();
    var key = owner.change(ACTOR, draft -> draft.accessKey(host.id(), id, false));
    var signed = new StringBuilder();
    int from = 0;
    for (int at = script.indexOf("{{"); at >= 0; at = script.indexOf("{{", from)) {
      int end = script.indexOf("}}", at);
      String url = script.substring(at + 2, end);
      signed.append(script, from, at).append(url).append(":internal:").append(key.token(url));
      from = end + 2;
    }
    return signed + script.substring(from);
  }

  @Test
  void vouchesForTextsAndTellsThem() {
    talk(
        """
        C: a GENURLAUTH "imap://ann@example.org/INBOX/;uid=1/;section=1;urlauth=anonymous" INTERNAL imap://ann@localhost:1143/INBOX/;UID=1/;SECTION=2;EXPIRE=2999-01-01T00:00:00Z;URLAUTH=user+ann internal
        S: * GENURLAUTH "{{imap://ann@example.org/INBOX/;uid=1/;section=1;urlauth=anonymous}}" "{{imap://ann@localhost:1143/INBOX/;UID=1/;SECTION=2;EXPIRE=2999-01-01T00:00:00Z;URLAUTH=user+ann}}"
        S: a OK Vouched for
        C: b URLFETCH "{{imap://ann@example.org/INBOX/;uid=1/;section=1;urlauth=anonymous}}" {{imap://ann@localhost:1143/INBOX/;UID=1/;SECTION=2;EXPIRE=2999-01-01T00:00:00Z;URLAUTH=user+ann}}
        S: * URLFETCH "{{imap://ann@example.org/INBOX/;uid=1/;section=1;urlauth=anonymous}}" {26}
        S: Si vis pacem, para bellum.
        S: * URLFETCH "{{imap://ann@localhost:1143/INBOX/;UID=1/;SECTION=2;EXPIRE=2999-01-01T00:00:00Z;URLAUTH=user+ann}}" {8}
        S: AAECAw==
        S: b OK Fetched
        C: c URLFETCH "{{imap://ann%40example.org;AUTH=*@[::1]:143/INBOX/;uid=1/;section=HEADER.FIELDS%20(SUBJECT)/;partial=0.8;urlauth=authuser}}"
        S: * URLFETCH "{{imap://ann%40example.org;AUTH=*@[::1]:143/INBOX/;uid=1/;section=HEADER.FIELDS%20(SUBJECT)/;partial=0.8;urlauth=authuser}}" {8}
        S: Subject:
        S: c OK Fetched
        C: d SEARCH UNSEEN
        S: d BAD Select a mailbox first
        C: e EXAMINE INBOX
        S: ...
        S: * OK [URLMECH INTERNAL] For URLs
        S: e OK [READ-ONLY] Selected
        C: f SEARCH UNSEEN
        S: * SEARCH 1
        S: f OK Searched
        """);
  }

  @Test
  void tellsPartsWithoutTheirEncoding() {
    talk(
        """
        C: a URLFETCH ("{{imap://ann@x/INBOX/;uid=1/;section=2;urlauth=anonymous}}" BODYPARTSTRUCTURE BODY) ("{{imap://ann@x/INBOX/;uid=1/;section=1;urlauth=anonymous}}")
        S: * URLFETCH "{{imap://ann@x/INBOX/;uid=1/;section=2;urlauth=anonymous}}" (BODYPARTSTRUCTURE ("image" "png" NIL NIL NIL "base64" 8 NIL NIL NIL NIL)) (BODY {8}
        S: AAECAw==)
        S: * URLFETCH "{{imap://ann@x/INBOX/;uid=1/;section=1;urlauth=anonymous}}" {26}
        S: Si vis pacem, para bellum.
        S: a OK Fetched
        C: b URLFETCH ("{{imap://ann@x/INBOX/;uid=1/;section=1;urlauth=anonymous}}" BINARY) ("{{imap://ann@x/INBOX/;uid=1/;section=3;urlauth=anonymous}}" BINARY)
        S: * URLFETCH "{{imap://ann@x/INBOX/;uid=1/;section=1;urlauth=anonymous}}" (BINARY {26}
        S: Si vis pacem, para bellum.)
        S: * URLFETCH "{{imap://ann@x/INBOX/;uid=1/;section=3;urlauth=anonymous}}" (BINARY NIL)
        S: b OK Fetched
        C: c URLFETCH ("{{imap://ann@x/INBOX/;uid=1/;section=2;urlauth=anonymous}}" BINARY)
        S: ~\\* URLFETCH ".*" \\(BINARY ~\\{4\\}
        S: ~.*01.*02.*03\\)
        S: c OK Fetched
        C: d URLFETCH ("{{imap://ann@x/INBOX/;uid=1/;section=2.MIME;urlauth=anonymous}}" BODYPARTSTRUCTURE) ("imap://ann@x/INBOX/;uid=1;urlauth=anonymous:internal:00000000000000000000000000000000" BINARY)
        S: * URLFETCH "{{imap://ann@x/INBOX/;uid=1/;section=2.MIME;urlauth=anonymous}}" NIL
        S: * URLFETCH "imap://ann@x/INBOX/;uid=1;urlauth=anonymous:internal:00000000000000000000000000000000" NIL
        S: d OK Fetched
        C: e URLFETCH (x BODY BINARY)
        S: e BAD BODY or BINARY, not both
        C: f URLFETCH (x BODY BODY)
        S: f BAD Each item once
        C: g URLFETCH (x SOUND)
        S: g BAD Unknown item
        """);
  }

  /// None of the answers says what is wrong.
  @Test
  void tellsNothingThatNobodyVouchesFor() {
    talk(
        """
        C: a URLFETCH "{{imap://ann@x/INBOX/;uid=1;urlauth=anonymous}}0" imap://ann@x/INBOX/;uid=1;urlauth=anonymous
        S: ~\\* URLFETCH "imap.*" NIL
        S: * URLFETCH "imap://ann@x/INBOX/;uid=1;urlauth=anonymous" NIL
        S: a OK Fetched
        C: b URLFETCH "{{imap://ann@x/INBOX/;uid=1;EXPIRE=2001-01-01T00:00:00+02:00;urlauth=anonymous}}" {{imap://ann@x/INBOX/;uid=2;urlauth=anonymous}}
        S: ~\\* URLFETCH "imap.*" NIL
        S: ~\\* URLFETCH "imap.*" NIL
        S: b OK Fetched
        C: c URLFETCH {{imap://ann@x/INBOX/;uid=1;urlauth=submit+ann}} {{imap://ann@x/INBOX/;uid=1;urlauth=user+bob}}
        S: ~\\* URLFETCH "imap.*" NIL
        S: ~\\* URLFETCH "imap.*" NIL
        S: c OK Fetched
        C: d URLFETCH {{imap://ann@x/Trash/;uid=1;urlauth=anonymous}} {{imap://ann@x/Nowhere/;uid=1;urlauth=anonymous}}
        S: ~\\* URLFETCH "imap.*" NIL
        S: ~\\* URLFETCH "imap.*" NIL
        S: d OK Fetched
        C: e URLFETCH {{imap://nobody@x/INBOX/;uid=1;urlauth=anonymous}} {{imap://ann@x/INBOX;UIDVALIDITY=1/;uid=1;urlauth=anonymous}}
        S: ~\\* URLFETCH "imap.*" NIL
        S: ~\\* URLFETCH "imap.*" NIL
        S: e OK Fetched
        C: f URLFETCH imap://ann@x/ "" http://x/ "imap://ann@x/INBOX?SUBJECT%20x" {{imap://ann@x/INBOX/;uid=1/;section=9;urlauth=anonymous}}
        S: * URLFETCH "imap://ann@x/" NIL
        S: * URLFETCH "" NIL
        S: * URLFETCH "http://x/" NIL
        S: * URLFETCH "imap://ann@x/INBOX?SUBJECT%20x" NIL
        S: ~\\* URLFETCH "imap.*" NIL
        S: f OK Fetched
        C: g URLFETCH {{imap://ann@x/../../etc/passwd/;uid=1;urlauth=anonymous}} {{imap://ann@x/INBOX/;uid=1;urlauth=anonymous;EXPIRE=2999-01-01T00:00:00Z}}
        S: ~\\* URLFETCH "imap.*" NIL
        S: ~\\* URLFETCH "imap.*" NIL
        S: g OK Fetched
        C: h URLFETCH
        S: h BAD Expected a space
        """);
  }

  @Test
  void vouchesForNothingElse() {
    talk(
        """
        C: a GENURLAUTH imap://ann@x/INBOX/;uid=20/;section=1.2 INTERNAL
        S: a BAD A URL names user, mailbox, message and who may use it
        C: b GENURLAUTH imap://x/INBOX/;uid=20;urlauth=authuser INTERNAL
        S: b BAD A URL names user, mailbox, message and who may use it
        C: c GENURLAUTH imap://bob@x/INBOX/;uid=20;urlauth=authuser INTERNAL
        S: c BAD You can vouch for what you can read, in your own name
        C: d GENURLAUTH imap://ann@x/Nowhere/;uid=20;urlauth=authuser INTERNAL
        S: d BAD You can vouch for what you can read, in your own name
        C: e GENURLAUTH imap://ann@x/INBOX;urlauth=authuser INTERNAL
        S: e BAD A URL names user, mailbox, message and who may use it
        C: f GENURLAUTH imap://ann@x/INBOX/;uid=1;urlauth=user+ INTERNAL
        S: f BAD A URL names user, mailbox, message and who may use it
        C: g GENURLAUTH imap://ann@x/INBOX/;uid=1;urlauth=authuser+ann INTERNAL
        S: g BAD A URL names user, mailbox, message and who may use it
        C: h GENURLAUTH imap://ann@x/INBOX/;uid=1;urlauth=stream INTERNAL
        S: h BAD A URL names user, mailbox, message and who may use it
        C: i GENURLAUTH imap://ann@x/INBOX/;uid=1;expire=tomorrow;urlauth=authuser INTERNAL
        S: i BAD A URL names user, mailbox, message and who may use it
        C: j GENURLAUTH {{imap://ann@x/INBOX/;uid=1;urlauth=authuser}} INTERNAL
        S: j BAD A URL names user, mailbox, message and who may use it
        C: k GENURLAUTH imap://ann@x/INBOX/;uid=1;urlauth=authuser XSAMPLE
        S: k BAD INTERNAL is the only mechanism
        C: l GENURLAUTH imap://ann@x/INBOX/;uid=1;urlauth=authuser
        S: l BAD Expected a space
        """);
  }

  @Test
  void resetsKeys() {
    talk(
        """
        C: a SELECT INBOX
        S: ...
        S: a OK [READ-WRITE] Selected
        C: b RESETKEY INBOX
        S: * OK [URLMECH INTERNAL] For URLs
        S: b OK [URLMECH INTERNAL] The key is another one now
        C: c URLFETCH {{imap://ann@x/INBOX/;uid=1;urlauth=anonymous}}
        S: ~\\* URLFETCH "imap.*" NIL
        S: c OK Fetched
        C: d RESETKEY Trash INTERNAL
        S: d OK [URLMECH INTERNAL] The key is another one now
        C: e RESETKEY Trash XSAMPLE
        S: e NO [CANNOT] INTERNAL is the only mechanism
        C: f RESETKEY Nowhere
        S: f NO [NONEXISTENT] No such mailbox
        C: g RESETKEY
        S: * OK [URLMECH INTERNAL] For URLs
        S: g OK All keys are gone
        C: h NOOP
        S: h OK Done
        """);
  }

  /// Whoever fetches has the rights of whoever vouches, as they are now.
  @Test
  void readsAsWhoeverVouches() throws Exception {
    try (var house = new ShareHouse()) {
      house.letter("ann", "Archive", "shared");
      house.share("ann", "Archive", "bob", "lr");
      String script =
          """
          C2: a GENURLAUTH "imap://bob@example.org/Other%20Users/ann/Archive/;uid=1/;section=TEXT;urlauth=user+cyd" INTERNAL
          S2: * GENURLAUTH "{{imap://bob@example.org/Other%20Users/ann/Archive/;uid=1/;section=TEXT;urlauth=user+cyd}}"
          S2: a OK Vouched for
          C3: b URLFETCH "{{imap://bob@example.org/Other%20Users/ann/Archive/;uid=1/;section=TEXT;urlauth=user+cyd}}"
          S3: ~\\* URLFETCH ".*" \\{16\\}
          S3: Body of shared
          S3:
          S3: b OK Fetched
          C2: c URLFETCH "{{imap://bob@example.org/Other%20Users/ann/Archive/;uid=1/;section=TEXT;urlauth=user+cyd}}"
          S2: ~\\* URLFETCH ".*" NIL
          S2: c OK Fetched
          C3: d GENURLAUTH "imap://cyd@example.org/Other%20Users/ann/Archive/;uid=1;urlauth=authuser" INTERNAL
          S3: d BAD You can vouch for what you can read, in your own name
          C: e SETACL Archive bob l
          S: e OK Done
          C3: f URLFETCH "{{imap://bob@example.org/Other%20Users/ann/Archive/;uid=1/;section=TEXT;urlauth=user+cyd}}"
          S3: ~\\* URLFETCH ".*" NIL
          S3: f OK Fetched
          """;
      house.play(
          "ann bob cyd", signed(script, house.account("bob"), house.account("ann"), "Archive"));
    }
  }

  @Test
  void givesASubmissionServerWhatIsMeantForIt() throws Exception {
    try (var house = new ShareHouse()) {
      house.letter("ann", "Drafts", "draft");
      VouchedTexts texts = house.texts();
      MailAddress ann = MailAddress.of("ann@example.org");
      MailAddress bob = MailAddress.of("bob@example.org");
      String rump = NAME + "Drafts/;UID=1;URLAUTH=submit+ann";
      Account account = house.account("ann");
      String url = signed("{{" + rump + "}}", account, account, "Drafts");
      assertThat(texts.submitted(url, ann))
          .isInstanceOfSatisfying(
              VouchedTexts.Submitted.Text.class,
              text -> assertThat(text.bytes()).hasContent("Subject: draft\n\nBody of draft\n"));
      assertThat(texts.submitted(url, bob)).isEqualTo(new VouchedTexts.Submitted.Denied());
      assertThat(texts.submitted(rump, ann)).isEqualTo(new VouchedTexts.Submitted.Denied());
      assertThat(texts.submitted("http://x/", ann)).isEqualTo(new VouchedTexts.Submitted.NotOurs());
      String gone =
          signed("{{" + rump.replace("UID=1", "UID=2") + "}}", account, account, "Drafts");
      assertThat(texts.submitted(gone, ann)).isEqualTo(new VouchedTexts.Submitted.Gone());
      house.directory().setEnabled(ann, false);
      assertThat(texts.submitted(url, ann)).isEqualTo(new VouchedTexts.Submitted.Denied());
    }
  }
}
