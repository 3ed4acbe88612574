/** Codes of Node.js, undici, got and TLS for a connection that brought no answer. */
export const NETWORK_CODE =
  /^(E[A-Z]+|EAI_[A-Z]+|UND_ERR_\w+|ERR_(?:SOCKET|STREAM|HTTP2?|TLS|SSL)_\w+|ERR_READING_RESPONSE_STREAM|CERT_\w+|HPE_\w+|UNABLE_TO_\w+|SELF_SIGNED_\w+|DEPTH_ZERO_\w+|TimeoutError)$/;
