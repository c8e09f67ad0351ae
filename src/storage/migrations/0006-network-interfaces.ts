// Stores the host interface of every network, not only of bridge networks.

export const networkInterfaces = `
  UPDATE networks SET document = json_remove(
    json_set(document, '$.hostInterface', CASE
      WHEN json_extract(document, '$.bridge') != '' THEN json_extract(document, '$.bridge')
      WHEN json_extract(document, '$.driver') NOT IN ('macvlan', 'ipvlan') THEN ''
      WHEN json_extract(document, '$.internal') = 0 THEN coalesce(json_extract(document, '$.options.parent'), '')
      ELSE 'dm-' || substr(id, 1, 12)
    END),
    '$.bridge'
  );
`;
