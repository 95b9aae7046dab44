package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 6203.
class FuzzyTest {
  private static void fill(ImapHouse house) {
    letter(house, "hello", "nothing here");
    letter(house, "Help wanted", "nothing there");
    letter(house, "other", "somebody said helo to me");
    letter(house, "none", "of this");
    letter(house, "lunch", "invitation for Thursday");
    letter(house, "Invitaiton", "tuesday");
  }

  private static void letter(ImapHouse house, String subject, String body) {
    house.append(
        "INBOX",
        "From: Ann <ann@example.net>\r\nSubject: %s\r\n\r\n%s\r\n".formatted(subject, body));
  }

  private static final String CONVERSATION =
      """
      C: a SEARCH FUZZY SUBJECT helo
      S: * SEARCH 1 2
      S: a OK Searched
      C: b SEARCH SUBJECT helo
      S: * SEARCH
      S: b OK Searched
      C: c SEARCH RETURN (RELEVANCY ALL) FUZZY TEXT helo
      S: * ESEARCH (TAG "c") ALL 1:3 RELEVANCY (100 100 86)
      S: c OK Searched
      C: d UID SEARCH RETURN (ALL RELEVANCY COUNT) FUZZY TEXT "invitation"
      S: * ESEARCH (TAG "d") UID ALL 5:6 COUNT 2 RELEVANCY (86 100)
      S: d OK Searched
      C: e SORT (RELEVANCY) UTF-8 FUZZY TEXT "invitation"
      S: * SORT 6 5
      S: e OK Sorted
      C: f SORT RETURN (RELEVANCY ALL) (REVERSE RELEVANCY) UTF-8 FUZZY TEXT helo
      S: * ESEARCH (TAG "f") ALL 3,1:2 RELEVANCY (86 100 100)
      S: f OK Sorted
      C: g SORT RETURN (RELEVANCY PARTIAL 2:3) (RELEVANCY) UTF-8 FUZZY TEXT helo
      S: * ESEARCH (TAG "g") PARTIAL (2:3 2:3) RELEVANCY (100 86)
      S: g OK Sorted
      C: h SEARCH FUZZY (BODY thrusday FROM ann) NOT SUBJECT zzz
      S: * SEARCH 5
      S: h OK Searched
      C: i SEARCH FUZZY OR SUBJECT lunhc SUBJECT nohting
      S: * SEARCH 5
      S: i OK Searched
      C: j SEARCH RETURN (RELEVANCY ALL) FUZZY 2:3
      S: * ESEARCH (TAG "j") ALL 2:3 RELEVANCY (100 100)
      S: j OK Searched
      C: k SEARCH RETURN (RELEVANCY) FUZZY SUBJECT qqqqq
      S: * ESEARCH (TAG "k")
      S: k OK Searched
      C: l SEARCH FUZZY SUBJECT "?!"
      S: * SEARCH
      S: l OK Searched
      """;

  @Test
  void findsWhatIsLikeATextAndTellsHowNearItIs() {
    Talk.selected(FuzzyTest::fill, CONVERSATION);
  }

  /// The index answers once enough was looked through.
  @Test
  void findsTheSameByTheIndex() {
    Talk.selected(
        house -> {
          fill(house);
          for (int i = 0; i < 30; i++) {
            house.append("INBOX", "From: x@y\r\nSubject: x\r\n\r\n" + "zz ".repeat(3_000) + "\r\n");
          }
          fill(house);
        },
        """
        C: a SEARCH FUZZY TEXT helo
        S: * SEARCH 1:3 37:39
        S: a OK Searched
        C: b SEARCH RETURN (RELEVANCY ALL) FUZZY TEXT helo
        S: * ESEARCH (TAG "b") ALL 1:3,37:39 RELEVANCY (100 100 86 100 100 86)
        S: b OK Searched
        C: c SEARCH FUZZY BODY "thrusday invitation"
        S: * SEARCH 5 41
        S: c OK Searched
        """
            .replace("S: * SEARCH 1:3 37:39", "S: * SEARCH 1 2 3 37 38 39"));
  }

  @Test
  void tellsNoRelevancyOfWhatIsExact() {
    Talk.selected(
        FuzzyTest::fill,
        """
        C: a SEARCH RETURN (RELEVANCY) SUBJECT x
        S: a BAD RELEVANCY goes with FUZZY
        C: b SORT (RELEVANCY) UTF-8 ALL
        S: b BAD RELEVANCY goes with FUZZY
        C: c SEARCH FUZZY
        S: c BAD Expected a space
        C: d SORT RETURN (UPDATE ALL) (RELEVANCY) UTF-8 FUZZY SUBJECT helo
        S: * ESEARCH (TAG "d") ALL 1:2
        S: * NO [NOUPDATE "d"] Changes will not be told
        S: d OK Sorted
        """);
  }

  /// Each is compared with all words of the account, wherever it stands among the other keys.
  @Test
  void refusesVeryManyFuzzyTexts() {
    Talk.selected(
        FuzzyTest::fill,
        """
        C: a SEARCH%s FUZZY (SUBJECT helo OR FROM ann BODY zzz)
        S: * SEARCH
        S: a OK Searched
        C: b SEARCH%s FUZZY (SUBJECT helo OR FROM ann NOT BODY zzz)
        S: b BAD [LIMIT] Too many arguments
        C: c SEARCH%s%s
        S: * SEARCH
        S: c OK Searched
        """
            .formatted(
                " FUZZY TEXT zzz".repeat(27),
                " FUZZY TEXT zzz".repeat(28),
                " TEXT zzz".repeat(100),
                " FUZZY SEEN".repeat(100)));
  }
}
