package org.posthorn.imap.wire;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The arguments of RESETKEY, GENURLAUTH and URLFETCH (RFC 4467 §9, RFC 5524 §5). Confined to the
/// connection's thread.
final class UrlParser {
  private static final int URLS_MAX = 50;
  private static final int MECHANISMS_MAX = 20;

  private final Tokens tokens;

  UrlParser(Tokens tokens) {
    this.tokens = tokens;
  }

  ImapCommand.ResetKey resetKey() throws IOException, ImapSyntaxException {
    if (!tokens.accept(' ')) {
      return new ImapCommand.ResetKey(Optional.empty(), List.of());
    }
    String mailbox = tokens.mailbox();
    List<String> mechanisms = new ArrayList<>();
    while (tokens.accept(' ')) {
      mechanisms.add(tokens.keyword());
      ImapParser.limit(mechanisms.size(), MECHANISMS_MAX);
    }
    return new ImapCommand.ResetKey(Optional.of(mailbox), mechanisms);
  }

  ImapCommand.GenUrlAuth genUrlAuth() throws IOException, ImapSyntaxException {
    List<String> urls = new ArrayList<>();
    tokens.space();
    do {
      urls.add(tokens.astring());
      ImapParser.limit(urls.size(), URLS_MAX);
      tokens.space();
      if (!tokens.keyword().equals(AuthorizedUrl.INTERNAL)) {
        throw new ImapSyntaxException("INTERNAL is the only mechanism");
      }
    } while (tokens.accept(' '));
    return new ImapCommand.GenUrlAuth(urls);
  }

  ImapCommand.UrlFetch urlFetch() throws IOException, ImapSyntaxException {
    List<ImapCommand.UrlRequest> requests = new ArrayList<>();
    tokens.space();
    do {
      requests.add(
          tokens.accept('(') ? extended() : new ImapCommand.UrlRequest(tokens.astring(), Set.of()));
      ImapParser.limit(requests.size(), URLS_MAX);
    } while (tokens.accept(' '));
    return new ImapCommand.UrlFetch(requests);
  }

  private ImapCommand.UrlRequest extended() throws IOException, ImapSyntaxException {
    String url = tokens.astring();
    Set<ImapCommand.UrlItem> items = EnumSet.noneOf(ImapCommand.UrlItem.class);
    while (tokens.accept(' ')) {
      if (!items.add(item())) {
        throw new ImapSyntaxException("Each item once");
      }
    }
    tokens.expect(')');
    if (items.contains(ImapCommand.UrlItem.BODY) && items.contains(ImapCommand.UrlItem.BINARY)) {
      throw new ImapSyntaxException("BODY or BINARY, not both");
    }
    return new ImapCommand.UrlRequest(url, items);
  }

  private ImapCommand.UrlItem item() throws IOException, ImapSyntaxException {
    return switch (tokens.keyword()) {
      case "BODY" -> ImapCommand.UrlItem.BODY;
      case "BINARY" -> ImapCommand.UrlItem.BINARY;
      case "BODYPARTSTRUCTURE" -> ImapCommand.UrlItem.BODYPARTSTRUCTURE;
      default -> throw new ImapSyntaxException("Unknown item");
    };
  }
}
