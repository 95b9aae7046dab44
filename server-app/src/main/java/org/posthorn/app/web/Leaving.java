package org.posthorn.app.web;

import com.google.common.xml.XmlEscapers;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListMember;
import org.posthorn.storage.directory.MailingList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Leaving a mailing list by a link that only this member has: one click of a mail program is a
/// POST (RFC 8058); people who open the link see a button. Looking changes nothing, since scanners
/// of mail open every link.
final class Leaving {
  private static final Logger log = LoggerFactory.getLogger(Leaving.class);
  private static final String FIELD = "List-Unsubscribe";
  private static final String ONE_CLICK = "One-Click";

  private final ListBook lists;

  Leaving(Directory directory) {
    this.lists = directory.lists();
  }

  private record Membership(MailingList list, ListMember member) {}

  WebAnswer show(WebRequest request) {
    Optional<Membership> found = find(request.query());
    return found
        .map(one -> WebAnswer.page(200, question(one.list(), request.query())))
        .orElseGet(() ->
            WebAnswer.page(
                404, page("Not a member", "Nobody is a member by this link, any more.")));
  }

  /// The same answer whether somebody was a member or not: mail programs may say it twice.
  WebAnswer leave(WebRequest request) throws WebRequest.Refused {
    if (!isOneClick(request.body())) {
      throw new WebRequest.Refused(400, "The body must say " + FIELD + "=" + ONE_CLICK);
    }
    find(request.query())
        .ifPresent(one -> {
          var _ = lists.remove(one.list().address(), one.member().address());
          log.atInfo().addKeyValue("list", one.list().address()).log("unsubscribed-by-web");
        });
    return WebAnswer.page(200, page("Done", "You get no more mail of this list."));
  }

  /// As a form, or in several parts (RFC 8058 §3.2).
  private static boolean isOneClick(String body) throws WebRequest.Refused {
    if (body.startsWith("--")) {
      return body.contains("name=\"" + FIELD + "\"")
          && body.lines().anyMatch(line -> line.strip().equals(ONE_CLICK));
    }
    return ONE_CLICK.equals(WebRequest.parameters(body.strip()).get(FIELD));
  }

  private Optional<Membership> find(Map<String, String> query) {
    String token = query.getOrDefault("token", "");
    return token.isEmpty()
        ? Optional.empty()
        : MailAddress.parse(query.getOrDefault("list", ""))
            .flatMap(lists::find)
            .flatMap(
                list -> lists.byToken(list, token).map(member -> new Membership(list, member)));
  }

  private static String question(MailingList list, Map<String, String> query) {
    String title = list.settings().title();
    return page(
        "Leave the list?",
        "Do you want to get no more mail of %s?"
            .formatted(title.isBlank() ? list.address() : title + " (" + list.address() + ")"),
        """
        <form method="post" action="%s?list=%s&amp;token=%s">
        <input type="hidden" name="%s" value="%s">
        <button>Leave the list</button>
        </form>
        """
            .formatted(
                PublicWeb.UNSUBSCRIBE,
                encoded(query.getOrDefault("list", "")),
                encoded(query.getOrDefault("token", "")),
                FIELD,
                ONE_CLICK));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String page(String title, String sentence) {
    return page(title, sentence, "");
  }

  private static String page(String title, String sentence, String form) {
    return """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><title>%s</title>
    <meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"></head>
    <body><h1>%s</h1><p>%s</p>
    %s</body></html>
    """
        .formatted(title, title, XmlEscapers.xmlContentEscaper().escape(sentence), form);
  }
}
