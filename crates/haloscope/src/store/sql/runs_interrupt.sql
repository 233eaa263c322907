update runs set outcome = 'interrupted' where outcome is null
