package org.posthorn.app.admin;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// How the API reads and writes JSON: unknown properties are an error, so that nothing is ignored
/// without a word.
final class Json {
  private final JsonMapper mapper =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  <T> T read(AdminRequest request, Class<T> type) {
    T body = mapper.readValue(request.body(), type);
    if (body == null) {
      throw Declined.badRequest("The body is missing");
    }
    return body;
  }

  String write(Object value) {
    return mapper.writeValueAsString(value);
  }
}
