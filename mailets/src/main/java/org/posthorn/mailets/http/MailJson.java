package org.posthorn.mailets.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.mailet.Mail;
import org.posthorn.mailets.content.Fields;
import org.posthorn.mailets.content.PlainBody;
import org.posthorn.message.AddressText;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.Part;
import tools.jackson.databind.json.JsonMapper;

/// A mail as JSON: the envelope, some header fields, the text, what is attached, and the notes of
/// earlier steps. Bounded, whatever the size of the message.
record MailJson(List<String> fields, int textMax) {
  private static final int FIELDS_MAX = 100;
  private static final int PARTS_MAX = 100;

  byte[] of(Mail mail) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", mail.id().value());
    json.put("received", mail.origin().received().toString());
    json.put("sender", mail.sender().map(MailAddress::toString).orElse(null));
    json.put("recipients", mail.addresses().stream().map(MailAddress::toString).toList());
    mail.origin().login().ifPresent(login -> json.put("login", login.toString()));
    mail.origin().remote().ifPresent(remote -> json.put("remote", AddressText.of(remote)));
    json.put("protocol", mail.origin().protocol());
    json.put("size", mail.message().sizeBytes());
    json.put("headers", headers(mail));
    if (textMax > 0) {
      PlainBody body = PlainBody.of(mail.message(), textMax);
      json.put("text", body.text());
      json.put("textIsWhole", body.isWhole());
    }
    List<Map<String, Object>> parts = new ArrayList<>();
    attachments(mail.message().structure().root(), parts);
    json.put("attachments", parts);
    json.put("attributes", mail.attributes());
    return JsonMapper.shared().writeValueAsBytes(json);
  }

  /// Encoded words are decoded.
  private List<Map<String, String>> headers(Mail mail) {
    return mail.message().headers().stream()
        .filter(field -> fields.stream().anyMatch(field::is))
        .limit(FIELDS_MAX)
        .map(field ->
            Map.of(
                "name",
                Fields.oneLine(field.name()),
                "value",
                Fields.oneLine(EncodedWord.decode(field.value()))))
        .toList();
  }

  private static void attachments(Part part, List<Map<String, Object>> found) {
    if (part.disposition().filter(each -> each.kind().equals("attachment")).isPresent()
        && found.size() < PARTS_MAX) {
      String name =
          part.disposition()
              .map(each -> each.parameters().get("filename"))
              .orElse(part.parameters().getOrDefault("name", ""));
      found.add(
          Map.of(
              "name",
              Fields.oneLine(EncodedWord.decode(name)),
              "type",
              part.type() + "/" + part.subtype(),
              "encodedSize",
              part.bodyBytes()));
    }
    part.children().forEach(child -> attachments(child, found));
  }
}
